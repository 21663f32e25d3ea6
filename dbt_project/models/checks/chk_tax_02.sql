with units as (
    select * from {{ ref('int_units') }}
    where {{ in_yuan('tax') }} > 0 and revenue is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        tax,
        revenue,
        {{ in_yuan('revenue') }} as revenue_yuan
    from units
)

select * from final
