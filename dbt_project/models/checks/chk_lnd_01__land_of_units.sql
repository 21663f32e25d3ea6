with units as (
    select * from {{ ref('int_units') }}
    where land_area_mu is not null
),

land as (
    select * from {{ ref('int_land__units') }}
),

final as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        units.land_area_mu,
        land.registered_m2,
        land.leased_in_m2,
        land.leased_out_m2,
        land.not_counted_m2
    from units
    inner join land on units.uscc = land.uscc and units.county_code = land.county_code
)

select * from final
