with units as (
    select * from {{ ref('int_units') }}
    where veto_reason = 'suspended'
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

amounts as (
    select
        uscc,
        county_code,
        enterprise_name,
        '工业增加值' as label,
        'enterprise_statistics' as feed,
        value_added as amount
    from units
    where value_added is not null
    union all
    select
        uscc,
        county_code,
        enterprise_name,
        '增值税' as label,
        'tax_payments' as feed,
        value_added_tax as amount
    from units
    where value_added_tax is not null
),

final as (
    select
        amounts.*,
        roster.suspended_since,
        {{ in_yuan('amounts.amount') }} as amount_yuan
    from amounts
    inner join roster on amounts.uscc = roster.uscc and amounts.county_code = roster.county_code
)

select * from final
