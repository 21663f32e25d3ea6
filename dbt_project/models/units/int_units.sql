with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

members as (
    select * from {{ ref('int_members') }}
),

sums as (
    select
        unit_county_code as county_code,
        unit_uscc as uscc,
        count(*) as members,
        {{ total_amounts() }},
        cast(sum(statistics_rows) as bigint) as statistics_rows,
        cast(sum(headcount_year_end) as bigint) as headcount_year_end,
        cast(sum(tax_rows) as bigint) as tax_rows,
        {{ total_money('value_added_tax') }} as value_added_tax,
        cast(sum(key_monitored_rows) as bigint) as key_monitored_rows,
        {{ total('incident_points') }} as incident_points
    from members
    group by unit_county_code, unit_uscc
),

-- A title belongs to the enterprise: to a unit with two rows of one enterprise it counts once.
honoured as (
    select distinct
        unit_county_code as county_code,
        unit_uscc as uscc,
        uscc as member_uscc
    from members
),

honours as (
    select
        honoured.county_code,
        honoured.uscc,
        {{ total('titles.points') }} as honour_points
    from honoured
    inner join {{ ref('int_honours__rows') }} as titles on honoured.member_uscc = titles.uscc
    where titles.within_year
    group by honoured.county_code, honoured.uscc
),

land as (
    select * from {{ ref('int_land__units') }}
),

changes as (
    {{ changes_by_unit() }}
),

run as (
    select
        run.cut_off,
        parameters.suspension_years,
        parameters.bonus_cap,
        parameters.deduction_cap_enterprise
    from {{ ref('stg_run__parameters') }} as run
    cross join {{ ref('stg_policy__parameters') }} as parameters
),

joined as (
    select
        roster.year,
        roster.county_code,
        roster.county_name,
        roster.region,
        roster.home_county_code,
        roster.counting_home_county_code,
        roster.uscc,
        roster.enterprise_name,
        roster.industry_code,
        roster.listed_park_code as park_code,
        sums.members,
        sums.statistics_rows,
        {{ changed('value_added', 'sums.value_added') }} as value_added,
        {{ changed('revenue', 'sums.revenue') }} as revenue,
        {{ changed('rd_expenditure', 'sums.rd_expenditure') }} as rd_expenditure,
        {{ changed('energy', 'sums.energy') }} as energy,
        {{ changed('average_headcount', 'sums.average_headcount') }} as average_headcount,
        sums.headcount_year_end,
        sums.tax_rows,
        {{ changed('tax', 'sums.tax') }} as tax,
        sums.value_added_tax,
        sums.key_monitored_rows,
        sums.emissions,
        {{ changed('land_area_mu', 'land.land_area_mu') }} as land_area_mu,
        {{ changed('bonus', 'least(coalesce(honours.honour_points, 0), run.bonus_cap)') }} as bonus,
        {{ changed('deduction', 'least(sums.incident_points, run.deduction_cap_enterprise)') }} as deduction,
        roster.transition_type,
        coalesce(
            roster.transition_year >= 1 and roster.transition_year <= roster.transition_years, false
        ) as in_transition,
        case
            when {{ add_years('roster.suspended_since', 'run.suspension_years') }} <= run.cut_off then 'suspended'
            when {{ in_yuan(changed('tax', 'sums.tax')) }} = 0 then 'zero_tax'
        end as veto_reason
    from roster
    cross join run
    inner join sums on roster.uscc = sums.uscc and roster.county_code = sums.county_code
    inner join land on roster.uscc = land.uscc and roster.county_code = land.county_code
    left join honours on roster.uscc = honours.uscc and roster.county_code = honours.county_code
    left join changes on roster.uscc = changes.uscc and roster.county_code = changes.county_code
    where not roster.merges
),

final as (
    select
        *,
        {%- for amount in ['value_added', 'revenue', 'tax'] %}
        {{ in_yuan(amount) }} as {{ amount }}_yuan,
        {%- endfor %}
        case
            when in_transition then 'transition'
            when veto_reason is not null then 'vetoed'
            else 'classified'
        end as treatment
    from joined
)

select * from final
