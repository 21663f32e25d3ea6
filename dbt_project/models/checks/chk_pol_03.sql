-- Per county: roster rows and the units they are in, units and their treatments, classified units and classes.
with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

members as (
    select * from {{ ref('int_members') }}
),

units as (
    select * from {{ ref('int_units') }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ var('year') }}
),

roster_counts as (
    select
        county_code,
        count(*) as roster_rows
    from roster
    group by county_code
),

member_counts as (
    select
        units.county_code,
        count(*) as member_rows
    from members
    inner join units on members.unit_uscc = units.uscc and members.county_code = units.county_code
    group by units.county_code
),

unit_counts as (
    select
        county_code,
        count(distinct uscc) as units
    from units
    group by county_code
),

result_counts as (
    select
        county_code,
        sum(case when treatment in ('classified', 'transition', 'vetoed') then 1 else 0 end) as treatments,
        sum(case when treatment = 'classified' then 1 else 0 end) as classified,
        sum(case when treatment = 'classified' and class in ('A', 'B', 'C', 'D') then 1 else 0 end) as classes
    from results
    group by county_code
),

compared as (
    select
        roster_counts.county_code,
        '评价单元成员' as what,
        member_counts.member_rows as found,
        roster_counts.roster_rows as demanded
    from roster_counts
    left join member_counts on roster_counts.county_code = member_counts.county_code
    union all
    select
        unit_counts.county_code,
        '评价单元的处理方式' as what,
        result_counts.treatments as found,
        unit_counts.units as demanded
    from unit_counts
    left join result_counts on unit_counts.county_code = result_counts.county_code
    union all
    select
        county_code,
        '各类企业合计' as what,
        classes as found,
        classified as demanded
    from result_counts
),

final as (
    select * from compared
)

select * from final
