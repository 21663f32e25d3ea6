with filings as (
    select * from {{ ref('filing') }}
    where year = {{ year() }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

counties as (
    select distinct county_code from filings
),

units as (
    select results.*
    from results
    inner join counties on results.county_code = counties.county_code
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

beside as (
    select
        coalesce(filings.uscc, units.uscc) as uscc,
        coalesce(filings.county_code, units.county_code) as county_code,
        filings.uscc as filed_uscc,
        units.uscc as unit_uscc,
        filings.filed_class,
        case when units.treatment = 'transition' then 'none' else units.class end as computed_class,
        filings.filed_total_score,
        units.total_score,
        abs(filings.filed_total_score - units.total_score) as total_apart
    from filings
    full outer join units on filings.uscc = units.uscc and filings.county_code = units.county_code
),

final as (
    select
        beside.*,
        coalesce(roster.enterprise_name, beside.uscc) as enterprise_name
    from beside
    left join roster on beside.uscc = roster.uscc and beside.county_code = roster.county_code
)

select * from final
