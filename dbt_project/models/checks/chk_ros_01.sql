with roster as (
    select * from {{ ref('int_roster__rows') }}
    where county_in_force
),

divisions as (
    select * from {{ source('landing', 'policy_industry_divisions') }}
    where in_scope
),

final as (
    select
        roster.uscc,
        roster.county_code,
        roster.enterprise_name,
        roster.industry_code,
        divisions.division as division_in_scope
    from roster
    left join divisions on roster.division = divisions.division
)

select * from final
