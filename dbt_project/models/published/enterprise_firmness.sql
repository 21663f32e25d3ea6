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
        results.year,
        results.county_code,
        results.uscc,
        count(*) as scenarios,
        count(case when classes.class = results.class then 1 end) as firmness,
        min(classes.class) as best_class,
        max(classes.class) as worst_class
    from classes
    inner join results on classes.county_code = results.county_code and classes.uscc = results.uscc
    group by results.year, results.county_code, results.uscc
)

select * from final
