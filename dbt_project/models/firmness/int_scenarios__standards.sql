with measures as (
    select * from {{ ref('int_scenarios__measures') }}
),

standards as (
    select * from {{ ref('int_standards') }}
    where level = 'enterprise'
),

-- Without those whose value equals the maximum (12.2); with a wider or narrower scope, everybody in it.
participants as (
    select measures.*
    from measures
    left join standards on measures.group_code = standards.group_code and measures.indicator = standards.indicator
    where
        measures.changes = 'standard_scope'
        or (measures.changes = 'top' and {{ below('measures.value', 'standards.max') }})
),

taken_anew as (
    {{ standards('participants', also=['scenario']) }}
),

groups as (
    select distinct
        scenario,
        year,
        level,
        group_code,
        indicator
    from measures
),

-- A group in which nobody positive would be left keeps its standards.
final as (
    select
        groups.*,
        case when taken_anew.min is not null then taken_anew.max else standards.max end as max,
        case when taken_anew.min is not null then taken_anew.mean else standards.mean end as mean,
        coalesce(taken_anew.min, standards.min) as min
    from groups
    left join taken_anew
        on groups.scenario = taken_anew.scenario
        and groups.group_code = taken_anew.group_code
        and groups.indicator = taken_anew.indicator
    left join standards on groups.group_code = standards.group_code and groups.indicator = standards.indicator
)

select * from final
