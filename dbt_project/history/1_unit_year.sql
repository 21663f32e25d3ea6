-- 历年评价主体: one evaluation unit of one year, by its county of today. Of units of one enterprise whose counties have become one,
-- land and amounts are added together, and name, treatment, class and total are those of the one with the better total.
create view unit_year as
with placed as (
    select
        results.*,
        counties.county_code_today,
        counties.county_name_today,
        row_number() over (
            partition by results.year, counties.county_code_today, results.uscc
            order by results.total_score desc nulls last, results.county_code
        ) as place
    from enterprise_result as results
    inner join history_county as counties on results.county_code = counties.county_code
)

select
    year,
    stage,
    release,
    county_code_today as county_code,
    county_name_today as county_name,
    uscc,
    max(case when place = 1 then enterprise_name end) as enterprise_name,
    max(case when place = 1 then left(industry_code, 2) end) as division,
    max(case when place = 1 then treatment end) as treatment,
    max(case when place = 1 then class end) as class,
    max(case when place = 1 then total_score end) as total_score,
    count(*) as units,
    sum(land_area_mu) as land_area_mu,
    sum(value_added) as value_added,
    sum(tax) as tax,
    sum(average_headcount) as average_headcount,
    sum(energy) as energy,
    sum(emissions) as emissions,
    sum(revenue) as revenue,
    sum(rd_expenditure) as rd_expenditure
from placed
group by all;
