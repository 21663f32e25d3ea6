with territories as (
    select * from {{ ref('int_territories') }}
),

bases as (
    select * from {{ ref('int_territories__sites') }}
),

sites as (
    select * from {{ ref('int_sites') }}
),

run as (
    select * from {{ ref('stg_policy__parameters') }}
),

sums as (
    select
        bases.level,
        bases.code,
        count(*) as enterprises,
        {{ total_amounts('sites') }}
    from bases
    inner join sites on bases.uscc = sites.uscc and bases.county_code = sites.county_code
    group by bases.level, bases.code
),

incidents as (
    select * from {{ ref('int_incidents__rows') }}
    where within_year and territory_points > 0
),

members as (
    select * from {{ ref('int_members') }}
),

-- Named outright, or by way of the unit or the branch of the enterprise; once per territory.
charged as (
    select
        'county' as level,
        county_code as code,
        incident_id,
        territory_points
    from incidents
    union
    select
        'park' as level,
        park_code as code,
        incident_id,
        territory_points
    from incidents
    where park_code is not null
    union
    select
        bases.level,
        bases.code,
        incidents.incident_id,
        incidents.territory_points
    from incidents
    inner join members
        on incidents.uscc = members.uscc and incidents.roster_county_code = members.county_code
    inner join bases on members.site_uscc = bases.uscc and members.site_county_code = bases.county_code
),

deductions as (
    select
        level,
        code,
        {{ total('territory_points') }} as points
    from charged
    group by level, code
),

final as (
    select
        territories.year,
        territories.level,
        territories.code,
        territories.name,
        territories.region,
        territories.land_area_mu,
        sums.enterprises,
        sums.value_added,
        sums.tax,
        sums.average_headcount,
        sums.energy,
        sums.emissions,
        sums.revenue,
        sums.rd_expenditure,
        least(coalesce(deductions.points, 0), run.deduction_cap_territory) as deduction
    from territories
    cross join run
    inner join sums on territories.level = sums.level and territories.code = sums.code
    left join deductions on territories.level = deductions.level and territories.code = deductions.code
)

select * from final
