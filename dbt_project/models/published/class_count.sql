-- How many enterprises each county put into each class; vetoed ones take no place in the quotas.
with results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ var('year') }}
),

final as (
    select
        year,
        county_code,
        sum(case when treatment = 'classified' then 1 else 0 end) as classified,
        sum(case when treatment = 'classified' and class = 'A' then 1 else 0 end) as a,
        sum(case when treatment = 'classified' and class = 'B' then 1 else 0 end) as b,
        sum(case when treatment = 'classified' and class = 'C' then 1 else 0 end) as c,
        sum(case when treatment = 'classified' and class = 'D' then 1 else 0 end) as d,
        sum(case when treatment = 'vetoed' then 1 else 0 end) as d_vetoed,
        sum(case when treatment = 'transition' then 1 else 0 end) as transition
    from results
    group by year, county_code
)

select * from final
