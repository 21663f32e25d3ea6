with units as (
    select * from {{ ref('int_units') }}
    where land_area_mu is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        land_area_mu
    from units
)

select * from final
