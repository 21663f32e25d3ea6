with bases as (
    select distinct
        level,
        code
    from {{ ref('int_territories__sites') }}
),

territories as (
    select * from {{ ref('int_territories') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

surveyed as (
    select * from {{ ref('stg_planning__territory_land') }}
    where territory_type = 'city'
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

final as (
    select
        bases.level || '/' || bases.code as territory,
        case when bases.level = 'county' then bases.code end as county_code,
        territories.name,
        territories.land_area_mu as surveyed_land_mu
    from bases
    inner join territories on bases.level = territories.level and bases.code = territories.code
    union all
    select
        'city/' || parameters.city_code as territory,
        null as county_code,
        '全市' as name,
        surveyed.land_area_mu as surveyed_land_mu
    from run
    cross join parameters
    left join surveyed on run.year = surveyed.year and parameters.city_code = surveyed.territory_code
)

select * from final
