-- The evaluation year of each transition, the year it began being the first, beside the years that the
-- edition or the county grants (rulebook 4.2, 7.4).
with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

transitions as (
    select * from {{ ref('stg_policy__transitions') }}
),

county_rules as (
    select * from {{ ref('stg_commission__county_rules') }}
),

final as (
    select
        roster.uscc,
        roster.county_code,
        roster.enterprise_name,
        roster.transition_since,
        roster.year - extract(year from roster.transition_since) + 1 as transition_year,
        case
            when roster.transition_type = 'transfer' then coalesce(county_rules.transfer_years, transitions.years)
            when roster.transition_type = 'newly_above_scale'
                then coalesce(county_rules.newly_above_scale_years, transitions.years)
        end as transition_years
    from roster
    inner join transitions on roster.transition_type = transitions.transition_type
    left join county_rules on roster.county_code = county_rules.county_code
)

select * from final
