with bases as (
    select * from {{ ref('int_territories__units') }}
    where level = 'county'
),

units as (
    select * from {{ ref('int_units') }}
    where land_area_mu is not null
),

counties as (
    select * from {{ ref('int_territories') }}
    where level = 'county' and land_area_mu is not null
),

sums as (
    select
        bases.code,
        {{ total('units.land_area_mu') }} as enterprise_land_mu
    from bases
    inner join units on bases.uscc = units.uscc and bases.county_code = units.county_code
    group by bases.code
),

final as (
    select
        sums.code as county_code,
        counties.name as county_name,
        sums.enterprise_land_mu,
        counties.land_area_mu as surveyed_land_mu
    from sums
    inner join counties on sums.code = counties.code
)

select * from final
