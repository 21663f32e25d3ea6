-- Rulebook 11.2; 意见 三(四)8.
with plans as (
    select * from {{ ref('stg_commission__improvement_plans') }}
),

previous as (
    select * from {{ ref('int_previous__standings') }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

followed as (
    select
        previous.uscc,
        previous.county_code
    from previous
    where previous.class in ('C', 'D')
    union
    select
        plans.uscc,
        plans.county_code
    from plans
    left join previous on plans.uscc = previous.uscc and plans.county_code = previous.county_code
    left join roster on plans.uscc = roster.uscc and plans.county_code = roster.county_code
    where previous.uscc is not null or roster.evaluated
),

-- A unit of its own this year, or part of one; neither: gone.
placed as (
    select
        run.year,
        followed.county_code,
        followed.uscc,
        coalesce(roster.enterprise_name, previous.enterprise_name) as enterprise_name,
        previous.class as previous_class,
        previous.total_score as previous_total_score,
        previous.veto_reason as previous_veto_reason,
        roster.unit_uscc,
        roster.unit_county_code,
        run.as_of
    from followed
    cross join run
    left join previous on followed.uscc = previous.uscc and followed.county_code = previous.county_code
    left join roster on followed.uscc = roster.uscc and followed.county_code = roster.county_code
),

final as (
    select
        placed.year,
        placed.county_code,
        placed.uscc,
        placed.enterprise_name,
        placed.previous_class,
        placed.previous_total_score,
        placed.previous_veto_reason,
        plans.batch,
        plans.plan,
        plans.responsible,
        plans.started_on,
        plans.due_on,
        plans.status,
        plans.completed_on,
        plans.status <> 'done' and plans.due_on < placed.as_of as overdue,
        results.uscc as unit_uscc,
        results.county_code as unit_county_code,
        results.treatment,
        results.class,
        results.total_score,
        case
            when results.class < placed.previous_class then 'up'
            when results.class = placed.previous_class then 'same'
            when results.class > placed.previous_class then 'down'
        end as moved,
        results.uscc is null as gone
    from placed
    left join plans on placed.uscc = plans.uscc and placed.county_code = plans.county_code
    left join results on placed.unit_uscc = results.uscc and placed.unit_county_code = results.county_code
)

select * from final
