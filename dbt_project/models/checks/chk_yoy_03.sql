with units as (
    select * from {{ ref('int_units') }}
    where land_area_mu is not null
),

previous as (
    select * from {{ ref('int_previous__units') }}
    where land_area_mu is not null
),

final as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        units.land_area_mu,
        previous.land_area_mu as previous_land_area_mu
    from units
    inner join previous on units.uscc = previous.uscc and units.county_code = previous.county_code
)

select * from final
