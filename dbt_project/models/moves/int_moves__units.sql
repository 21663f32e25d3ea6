with units as (
    select * from {{ ref('int_units') }}
),

totals as (
    select * from {{ ref('int_totals') }}
    where level = 'enterprise'
),

previous as (
    select
        *,
        count(*) over (partition by uscc, county_code_today) as standings
    from {{ ref('int_previous__placed') }}
),

other_members as (
    select * from {{ ref('int_moves__members') }}
),

-- In the first year there is nothing to have moved from.
releases as (
    select * from {{ source('landing', 'previous_release') }}
),

final as (
    select
        units.year,
        units.county_code,
        units.uscc,
        units.region,
        previous.region as previous_region,
        previous.county_code as previous_county_code,
        totals.bonus,
        totals.deduction,
        totals.total_score,
        previous.bonus as previous_bonus,
        previous.deduction as previous_deduction,
        case when previous.standings = 1 then previous.total_score end as previous_total_score,
        case when previous.uscc is not null then other_members.uscc is not null end as members_changed,
        case
            when units.treatment = 'vetoed' then 'vetoed'
            when previous.uscc is null then 'new'
            when previous.standings > 1 then 'united'
            when previous.total_score is null then 'vetoed_before'
        end as reason
    from units
    cross join releases
    left join totals on units.uscc = totals.code and units.county_code = totals.county_code
    left join previous on units.uscc = previous.uscc and units.county_code = previous.county_code_today
    left join other_members on units.uscc = other_members.uscc and units.county_code = other_members.county_code
    -- Of several that meet in one, no single one is what it moved from.
    qualify row_number() over (partition by units.county_code, units.uscc order by previous.county_code) = 1
)

select * from final
