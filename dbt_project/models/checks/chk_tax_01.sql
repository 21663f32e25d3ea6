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
        revenue,
        {{ in_yuan('tax') }} as tax_yuan
    from units
)

select * from final
