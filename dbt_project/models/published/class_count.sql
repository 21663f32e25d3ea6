-- Vetoed ones take no place in the quotas.
with results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

borders as (
    select * from {{ ref('int_class_borders') }}
),

counted as (
    select
        year,
        county_code,
        count(case when treatment = 'classified' then 1 end) as classified,
        count(case when treatment = 'classified' and class = 'A' then 1 end) as a,
        count(case when treatment = 'classified' and class = 'B' then 1 end) as b,
        count(case when treatment = 'classified' and class = 'C' then 1 end) as c,
        count(case when treatment = 'classified' and class = 'D' then 1 end) as d,
        count(case when treatment = 'vetoed' then 1 end) as d_vetoed,
        count(case when treatment = 'transition' then 1 end) as transition
    from results
    group by year, county_code
),

final as (
    select
        counted.*,
        borders.last_a,
        borders.last_b,
        borders.last_c,
        borders.share_a as quota_a,
        borders.share_b as quota_b,
        borders.share_c as quota_c
    from counted
    left join borders on counted.county_code = borders.county_code
)

select * from final
