with measures as (
    select * from {{ ref('int_measures') }}
    where level = 'enterprise'
),

scenarios as (
    select * from {{ ref('int_scenarios') }}
),

final as (
    select
        measures.year,
        scenarios.scenario,
        scenarios.changes,
        measures.level,
        measures.county_code,
        measures.code,
        measures.region,
        case scenarios.standard_scope when 'region' then measures.region else measures.county_code end as group_code,
        measures.indicator,
        measures.value,
        measures.emits_nothing
    from measures
    inner join scenarios on {{ placed_anew('measures', 'scenarios') }}
)

select * from final
