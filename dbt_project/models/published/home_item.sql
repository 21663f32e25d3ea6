-- 说明 一.1, 一.5; what a county may see of item scores by the standards of another is reasoned in
-- docs/decisions/0006.
with enterprises as (
    select * from {{ ref('territory_enterprise') }}
    where year = {{ year() }} and level = 'county' and belonging in ('home', 'branch')
),

items as (
    select * from {{ ref('int_items') }}
    where level = 'enterprise'
),

measures as (
    select * from {{ ref('int_measures') }}
    where level = 'enterprise'
),

standards as (
    select * from {{ ref('int_standards') }}
    where level = 'enterprise'
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

measured as (
    select
        enterprises.year,
        enterprises.county_code,
        enterprises.unit_county_code,
        enterprises.unit_uscc,
        enterprises.member_county_code,
        enterprises.member_uscc,
        enterprises.whole,
        measures.group_code,
        measures.indicator,
        measures.value,
        standards.n
    from enterprises
    inner join measures
        on enterprises.unit_county_code = measures.county_code and enterprises.unit_uscc = measures.code
    inner join standards
        on measures.group_code = standards.group_code and measures.indicator = standards.indicator
),

known as (
    select
        county_code,
        group_code,
        indicator,
        count(*) as scored,
        count(case when value >= 0 then 1 end) as participating
    from measured
    where whole
    group by county_code, group_code, indicator
),

-- The largest and the smallest come out of a few scores, and the mean of all: too few others must remain between.
telling as (
    select
        measured.county_code,
        measured.group_code,
        bool_or(
            measured.n - coalesce(known.participating, 0) between 1 and parameters.public_minimum_enterprises + 1
        ) as of_few,
        bool_or(known.scored > 0) as has_whole
    from measured
    cross join parameters
    left join known
        on measured.county_code = known.county_code
        and measured.group_code = known.group_code
        and measured.indicator = known.indicator
    group by measured.county_code, measured.group_code
),

judged as (
    select
        measured.*,
        -- Of one of which the county knows a part only, a score would give the ratio of the whole: where it
        -- has others in the group, it can work out the standards from these.
        not telling.of_few and (measured.whole or not coalesce(telling.has_whole, false)) as shown
    from measured
    inner join telling on measured.county_code = telling.county_code and measured.group_code = telling.group_code
),

final as (
    select
        judged.year,
        judged.county_code,
        judged.unit_county_code,
        judged.unit_uscc,
        judged.member_county_code,
        judged.member_uscc,
        judged.indicator,
        case when judged.whole then judged.value end as value,
        case when judged.shown then items.tier end as tier,
        items.weight,
        case when judged.shown then items.score end as score,
        case when judged.shown then items.points_lost end as points_lost
    from judged
    inner join items
        on judged.unit_county_code = items.county_code
        and judged.unit_uscc = items.code
        and judged.indicator = items.indicator
)

select * from final
