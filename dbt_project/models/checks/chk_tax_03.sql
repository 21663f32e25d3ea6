with units as (
    select * from {{ ref('int_units') }}
    where {{ in_yuan('revenue') }} > 0 and tax is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        tax,
        revenue
    from units
)

select * from final
