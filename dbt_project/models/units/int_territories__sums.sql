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
    select * from {{ ref('int_territories__incidents') }}
),

deductions as (
    select
        level,
        code,
        {{ total('points') }} as points
    from incidents
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
