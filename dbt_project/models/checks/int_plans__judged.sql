with plans as (
    select * from {{ ref('stg_commission__improvement_plans') }}
),

previous as (
    select * from {{ ref('int_previous__standings') }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

final as (
    select
        plans.uscc,
        plans.county_code,
        coalesce(roster.enterprise_name, previous.enterprise_name, plans.uscc) as enterprise_name,
        coalesce(roster.uscc, previous.uscc) as known_uscc,
        plans.status,
        plans.due_on,
        run.as_of
    from plans
    cross join run
    left join previous on plans.uscc = previous.uscc and plans.county_code = previous.county_code
    left join roster on plans.uscc = roster.uscc and plans.county_code = roster.county_code
)

select * from final
