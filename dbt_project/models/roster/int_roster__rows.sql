with roster as (
    select * from {{ ref('stg_commission__enterprise_roster') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

divisions as (
    select * from {{ source('landing', 'policy_industry_divisions') }}
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

transitions as (
    select * from {{ source('landing', 'policy_transitions') }}
),

county_rules as (
    select * from {{ ref('stg_commission__county_rules') }}
),

judged as (
    select
        roster.*,
        counties.county_name,
        counties.region,
        substr(roster.industry_code, 1, 2) as division,
        coalesce(counties.in_force, false) as county_in_force,
        case when homes.in_force then roster.home_county_code end as counting_home_county_code,
        coalesce(divisions.in_scope, false) as in_scope,
        coalesce(counties.in_force, false) and coalesce(divisions.in_scope, false) as evaluated,
        parks.park_code as listed_park_code,
        parks.county_code as park_county_code,
        cast(roster.year - extract(year from roster.transition_since) + 1 as bigint) as transition_year,
        case
            when roster.transition_type = 'transfer' then coalesce(county_rules.transfer_years, transitions.years)
            when roster.transition_type = 'newly_above_scale'
                then coalesce(county_rules.newly_above_scale_years, transitions.years)
        end as transition_years
    from roster
    left join counties on roster.county_code = counties.county_code
    left join counties as homes on roster.home_county_code = homes.county_code
    left join divisions on substr(roster.industry_code, 1, 2) = divisions.division
    left join parks on roster.park_code = parks.park_code
    left join transitions on roster.transition_type = transitions.transition_type
    left join county_rules on roster.county_code = county_rules.county_code
),

targets as (
    select
        uscc,
        county_code
    from judged
    where evaluated and merge_into_uscc is null
),

final as (
    select
        judged.*,
        judged.evaluated and targets.uscc is not null as merges,
        judged.evaluated and coalesce(targets.county_code <> judged.county_code, false) as branch_elsewhere,
        case when judged.evaluated then coalesce(targets.county_code, judged.county_code) end as unit_county_code,
        case when judged.evaluated then coalesce(targets.uscc, judged.uscc) end as unit_uscc
    from judged
    left join targets
        on case
            when
                coalesce(judged.merge_into_county_code, judged.county_code) = judged.county_code
                or judged.merge_reason = 'branch'
                then judged.merge_into_uscc
        end = targets.uscc
        and coalesce(judged.merge_into_county_code, judged.county_code) = targets.county_code
)

select * from final
