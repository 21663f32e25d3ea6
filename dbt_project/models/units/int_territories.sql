with counties as (
    select * from {{ ref('stg_policy__counties') }}
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

surveyed as (
    select * from {{ ref('stg_planning__territory_land') }}
),

territories as (
    select
        year,
        'county' as level,
        county_code as code,
        county_name as name,
        region
    from counties
    where in_force
    union all
    select
        parks.year,
        'park' as level,
        parks.park_code as code,
        parks.park_name as name,
        counties.region
    from parks
    inner join counties on parks.county_code = counties.county_code
),

final as (
    select
        territories.*,
        surveyed.land_area_mu
    from territories
    left join surveyed
        on territories.level = surveyed.territory_type and territories.code = surveyed.territory_code
)

select * from final
