with bases as (
    select * from {{ ref('int_territories__sites') }}
    where level = 'county'
),

sites as (
    select * from {{ ref('int_sites') }}
    where land_area_mu is not null
),

counties as (
    select * from {{ ref('int_territories') }}
    where level = 'county' and land_area_mu is not null
),

sums as (
    select
        bases.code,
        {{ total('sites.land_area_mu') }} as enterprise_land_mu
    from bases
    inner join sites on bases.uscc = sites.uscc and bases.county_code = sites.county_code
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
