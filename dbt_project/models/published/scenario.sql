-- Rulebook 12.4.
with classes as (
    select * from {{ ref('int_scenarios__classes') }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

final as (
    select
        classes.year,
        classes.scenario,
        classes.county_code,
        count(*) as classified,
        count(case when classes.class <> results.class then 1 end) as changed
    from classes
    inner join results on classes.county_code = results.county_code and classes.uscc = results.uscc
    group by classes.year, classes.scenario, classes.county_code
)

select * from final
