with objections as (
    select * from {{ ref('objection') }}
    where year = {{ year() }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

subjects as (
    select * from {{ source('landing', 'feed_code') }}
    where subject = 'subject'
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

final as (
    select
        objections.*,
        roster.uscc as roster_uscc,
        coalesce(roster.enterprise_name, objections.uscc) as enterprise_name,
        subjects.label_zh as subject_zh,
        coalesce(objections.decided_value, objections.figure_after) as wanted_value,
        run.stage
    from objections
    cross join run
    left join roster on objections.uscc = roster.uscc and objections.county_code = roster.county_code
    left join subjects on objections.subject = subjects.code
)

select * from final
