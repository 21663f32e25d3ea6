-- 历年区县: one county of today in one year: the sums of its base and its surveyed land. Of counties that have become one, each unit counts
-- once, whether it is evaluated in the one or has its home there; such a county has neither total nor rank of that time.
create view county_year as
with results as (
    select
        results.*,
        counties.county_code_today,
        counties.county_name_today,
        count(*) over (partition by results.year, counties.county_code_today) as counties
    from county_result as results
    inner join history_county as counties on results.county_code = counties.county_code
),

members as (
    select
        members.* replace (coalesce(members.unit_county_code, members.county_code) as unit_county_code)
    from (
        from enterprise_member
        union all by name
        select
            cast(null as varchar) as unit_county_code,
            cast(null as varchar) as home_county_code
        where false
    ) as members
),

-- Units of which a branch lies in another county count by their members.
spread as (
    select distinct
        year,
        unit_uscc,
        unit_county_code
    from members
    where unit_county_code <> county_code
),

counted as (
    select
        units.year,
        units.county_code,
        units.home_county_code,
        units.value_added,
        units.tax,
        units.average_headcount,
        units.energy,
        units.emissions,
        units.revenue,
        units.rd_expenditure
    from enterprise_result as units
    left join spread
        on units.year = spread.year and units.uscc = spread.unit_uscc and units.county_code = spread.unit_county_code
    where spread.unit_uscc is null
    union all
    select
        members.year,
        members.county_code,
        case when members.county_code = units.county_code then units.home_county_code else members.home_county_code end,
        members.value_added,
        members.tax,
        members.average_headcount,
        members.energy,
        members.emissions,
        members.revenue,
        members.rd_expenditure
    from members
    inner join spread
        on members.year = spread.year
        and members.unit_uscc = spread.unit_uscc
        and members.unit_county_code = spread.unit_county_code
    inner join enterprise_result as units
        on members.year = units.year
        and members.unit_uscc = units.uscc
        and members.unit_county_code = units.county_code
),

sites as (
    select
        counted.*,
        counties.county_code_today,
        homes.county_code_today as home_county_code_today
    from counted
    inner join history_county as counties on counted.county_code = counties.county_code
    left join history_county as homes on counted.home_county_code = homes.county_code
),

bases as (
    select
        county_code_today as base,
        *
    from sites
    union all
    select
        home_county_code_today as base,
        *
    from sites
    where home_county_code_today <> county_code_today
),

sums as (
    select
        year,
        base,
        sum(value_added) as value_added,
        sum(tax) as tax,
        sum(average_headcount) as average_headcount,
        sum(energy) as energy,
        sum(emissions) as emissions,
        sum(revenue) as revenue,
        sum(rd_expenditure) as rd_expenditure
    from bases
    group by year, base
)

select
    results.year,
    max(results.stage) as stage,
    max(results.release) as release,
    results.county_code_today as county_code,
    results.county_name_today as county_name,
    results.counties,
    sum(results.land_area_mu) as land_area_mu,
    -- As published, to the last digit, where nothing had to be added.
    case when results.counties = 1 then max(results.value_added) else max(sums.value_added) end as value_added,
    case when results.counties = 1 then max(results.tax) else max(sums.tax) end as tax,
    case when results.counties = 1 then max(results.average_headcount) else max(sums.average_headcount) end
        as average_headcount,
    case when results.counties = 1 then max(results.energy) else max(sums.energy) end as energy,
    case when results.counties = 1 then max(results.emissions) else max(sums.emissions) end as emissions,
    case when results.counties = 1 then max(results.revenue) else max(sums.revenue) end as revenue,
    case when results.counties = 1 then max(results.rd_expenditure) else max(sums.rd_expenditure) end as rd_expenditure,
    case when results.counties = 1 then max(results.region) end as region,
    case when results.counties = 1 then max(results.total_score) end as total_score,
    case when results.counties = 1 then max(results.rank) end as rank
from results
left join sums on results.year = sums.year and results.county_code_today = sums.base
group by results.year, results.county_code_today, results.county_name_today, results.counties;
