with objections as (
    select * from {{ ref('objection') }}
    where year = {{ year() }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

members as (
    select * from {{ ref('int_members') }}
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
        objections.{{ all_but(['county_code']) }},
        objections.county_code as named_county_code,
        -- The figure is the unit's: to be read where that is evaluated, also where a branch elsewhere objects.
        coalesce(members.unit_county_code, objections.county_code) as county_code,
        roster.uscc as roster_uscc,
        coalesce(roster.enterprise_name, objections.uscc) as enterprise_name,
        subjects.label_zh as subject_zh,
        coalesce(objections.decided_value, objections.figure_after) as wanted_value,
        run.stage
    from objections
    cross join run
    left join roster on objections.uscc = roster.uscc and objections.county_code = roster.county_code
    left join members on objections.uscc = members.uscc and objections.county_code = members.county_code
    left join subjects on objections.subject = subjects.code
)

select * from final
