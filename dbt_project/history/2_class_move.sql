-- 企业等级变化: one enterprise of a year or of the released year before: its class then and now. moved: up, same, down; new (no unit then),
-- merged (part of another unit now), gone; null where one of the two classes is none (过渡期).
create view unit_class_move as
with these as (
    select unit_year.*
    from unit_year
    inner join released_year as years on unit_year.year = years.year
    where years.previous_year is not null
),

those as (
    select
        years.year as year_after,
        unit_year.*
    from unit_year
    inner join released_year as years on unit_year.year = years.previous_year
),

members as (
    select distinct
        members.year,
        counties.county_code_today as county_code,
        members.uscc
    from enterprise_member as members
    inner join history_county as counties on members.county_code = counties.county_code
)

select
    coalesce(these.year, those.year_after) as year,
    coalesce(those.year, years.previous_year) as previous_year,
    coalesce(these.county_code, those.county_code) as county_code,
    coalesce(these.county_name, those.county_name) as county_name,
    coalesce(these.uscc, those.uscc) as uscc,
    coalesce(these.enterprise_name, those.enterprise_name) as enterprise_name,
    those.treatment as previous_treatment,
    those.class as previous_class,
    those.total_score as previous_total_score,
    these.treatment,
    these.class,
    these.total_score,
    case
        when those.uscc is null then 'new'
        when these.uscc is null and members.uscc is not null then 'merged'
        when these.uscc is null then 'gone'
        when these.class < those.class then 'up'
        when these.class = those.class then 'same'
        when these.class > those.class then 'down'
    end as moved
from these
full join those
    on these.year = those.year_after and these.county_code = those.county_code and these.uscc = those.uscc
left join released_year as years on these.year = years.year
left join members
    on those.year_after = members.year and those.county_code = members.county_code and those.uscc = members.uscc;

-- 等级变化汇总: how many enterprises of a county went from which class to which: A to D, 过渡期, or null for not there.
create view class_move as
select
    year,
    previous_year,
    county_code,
    county_name,
    coalesce(previous_class, case when previous_treatment = 'transition' then '过渡期' end) as previous_class,
    coalesce(class, case when treatment = 'transition' then '过渡期' end) as class,
    count(*) as enterprises
from unit_class_move
group by all;
