with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

amounts as (
    select * from {{ ref('int_amounts__members') }}
),

statistics as (
    select
        uscc,
        roster_county_code,
        count(*) as statistics_rows,
        cast(sum(headcount_year_end) as bigint) as headcount_year_end
    from {{ ref('int_statistics__rows') }}
    group by uscc, roster_county_code
),

tax as (
    select
        uscc,
        roster_county_code,
        count(*) as tax_rows,
        {{ total_money('value_added_tax') }} as value_added_tax
    from {{ ref('int_tax__rows') }}
    group by uscc, roster_county_code
),

emissions as (
    select
        uscc,
        roster_county_code,
        cast(sum(case when key_monitored then 1 else 0 end) as bigint) as key_monitored_rows
    from {{ ref('int_emissions__rows') }}
    group by uscc, roster_county_code
),

incidents as (
    select
        uscc,
        roster_county_code,
        {{ total('enterprise_points') }} as incident_points
    from {{ ref('int_incidents__rows') }}
    where within_year and uscc is not null
    group by uscc, roster_county_code
),

final as (
    select
        roster.year,
        roster.uscc,
        roster.county_code,
        roster.unit_county_code,
        roster.unit_uscc,
        roster.enterprise_name,
        roster.merges,
        roster.branch_elsewhere,
        case when roster.branch_elsewhere then roster.county_code else roster.unit_county_code end
            as site_county_code,
        case when roster.branch_elsewhere then roster.uscc else roster.unit_uscc end as site_uscc,
        roster.merge_reason,
        coalesce(statistics.statistics_rows, 0) as statistics_rows,
        amounts.value_added,
        amounts.revenue,
        amounts.rd_expenditure,
        amounts.energy,
        amounts.average_headcount,
        statistics.headcount_year_end,
        coalesce(tax.tax_rows, 0) as tax_rows,
        amounts.tax,
        tax.value_added_tax,
        coalesce(emissions.key_monitored_rows, 0) as key_monitored_rows,
        coalesce(amounts.emissions, 0) as emissions,
        coalesce(incidents.incident_points, 0) as incident_points
    from roster
    left join amounts on roster.uscc = amounts.uscc and roster.county_code = amounts.county_code
    left join statistics
        on roster.uscc = statistics.uscc and roster.county_code = statistics.roster_county_code
    left join tax on roster.uscc = tax.uscc and roster.county_code = tax.roster_county_code
    left join emissions
        on roster.uscc = emissions.uscc and roster.county_code = emissions.roster_county_code
    left join incidents
        on roster.uscc = incidents.uscc and roster.county_code = incidents.roster_county_code
)

select * from final
