with measures as (
    select * from {{ ref('int_measures') }}
    where level = 'enterprise'
),

scenarios as (
    select * from {{ ref('int_scenarios') }}
),

final as (
    select
        measures.* replace (
            case scenarios.standard_scope when 'region' then measures.region else measures.county_code end as group_code
        ),
        scenarios.scenario,
        scenarios.changes
    from measures
    inner join scenarios on {{ placed_anew('measures', 'scenarios') }}
)

select * from final
