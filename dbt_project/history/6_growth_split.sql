-- 亩均指标增长分解（Griliches-Regev）: by how much an indicator per mu of the enterprises of the city, a county or a division grew since the released
-- year before, and through whom: within (those there in both years, each by itself), between (land that went from one to
-- another of them), entered, left. The four add up to growth to the last of six decimals.
create view growth_split as
with units as (
    unpivot (
        select
            year,
            county_code,
            county_name,
            division,
            uscc,
            land_area_mu,
            * exclude (
                year, stage, release, county_code, county_name, uscc, enterprise_name, division, treatment, class,
                total_score, units, land_area_mu
            )
        from unit_year
        where land_area_mu > 0
    )
    on columns(* exclude (year, county_code, county_name, division, uscc, land_area_mu)) into name measure value amount
),

-- By whom the figure of a year is made: who has land and an amount.
taking_part as (
    select
        units.* replace (units.amount * indicators.multiply_by as amount),
        indicators.indicator,
        indicators.indicator_zh,
        indicators.unit
    from units
    inner join history_indicator as indicators on units.year = indicators.year and units.measure = indicators.numerator
    where indicators.denominator = 'land_area_mu'
),

scoped as (
    select
        'city' as scope,
        '' as code,
        '全市' as name,
        *
    from taking_part
    union all
    select
        'county' as scope,
        county_code as code,
        county_name as name,
        *
    from taking_part
    union all
    select
        'division' as scope,
        division as code,
        cast(null as varchar) as name,
        *
    from taking_part
),

totals as (
    select
        scope,
        code,
        indicator,
        year,
        max(name) as name,
        max(indicator_zh) as indicator_zh,
        max(unit) as unit,
        count(*) as enterprises,
        sum(land_area_mu) as land_area_mu,
        sum(amount) / sum(land_area_mu) as value
    from scoped
    group by scope, code, indicator, year
),

pairs as (
    select
        these.*,
        those.year as previous_year,
        those.enterprises as previous_enterprises,
        those.land_area_mu as previous_land_area_mu,
        those.value as previous_value,
        (these.value + those.value) / 2 as middle
    from totals as these
    inner join released_year as years on these.year = years.year
    inner join totals as those
        on years.previous_year = those.year
        and these.scope = those.scope
        and these.code = those.code
        and these.indicator = those.indicator
),

-- Each unit's share of the land and its own figure, in the year and in the year before.
shares as (
    select
        pairs.scope,
        pairs.code,
        pairs.indicator,
        pairs.year,
        pairs.middle,
        scoped.county_code,
        scoped.uscc,
        max(case when scoped.year = pairs.year then scoped.land_area_mu / pairs.land_area_mu end) as share,
        max(case when scoped.year = pairs.year then scoped.amount / scoped.land_area_mu end) as value,
        max(case when scoped.year < pairs.year then scoped.land_area_mu / pairs.previous_land_area_mu end)
            as previous_share,
        max(case when scoped.year < pairs.year then scoped.amount / scoped.land_area_mu end) as previous_value
    from pairs
    inner join scoped
        on pairs.scope = scoped.scope
        and pairs.code = scoped.code
        and pairs.indicator = scoped.indicator
        and scoped.year in (pairs.year, pairs.previous_year)
    group by all
),

parts as (
    select
        scope,
        code,
        indicator,
        year,
        sum((share + previous_share) / 2 * (value - previous_value)) as within,
        sum((share - previous_share) * ((value + previous_value) / 2 - middle)) as between_them,
        sum(case when previous_share is null then share * (value - middle) end) as entered,
        sum(case when share is null then -previous_share * (previous_value - middle) end) as has_left,
        count(case when previous_share is null then 1 end) as entering,
        count(case when share is null then 1 end) as leaving
    from shares
    group by scope, code, indicator, year
),

-- Millionths, rounded down; those that are missing to the growth go to the parts that lost most, of equal ones to the first.
rounded as (
    select
        pairs.*,
        parts.entering,
        parts.leaving,
        cast(round(pairs.value * 1000000) - round(pairs.previous_value * 1000000) as bigint) as growth,
        list_transform(
            [coalesce(within, 0), coalesce(between_them, 0), coalesce(entered, 0), coalesce(has_left, 0)],
            lambda part: part * 1000000
        ) as exact
    from pairs
    inner join parts
        on pairs.scope = parts.scope
        and pairs.code = parts.code
        and pairs.indicator = parts.indicator
        and pairs.year = parts.year
),

ranked as (
    select
        *,
        list_transform(exact, lambda part: cast(floor(part) as bigint)) as whole,
        growth - list_sum(list_transform(exact, lambda part: cast(floor(part) as bigint))) as missing,
        list_grade_up(list_transform(exact, lambda part: floor(part) - part)) as order_of_rest
    from rounded
),

apportioned as (
    select
        *,
        list_transform(whole, lambda part, place: part + case
            when list_position(order_of_rest, place) <= missing then 1
            else 0
        end) as part
    from ranked
)

select
    apportioned.year,
    apportioned.previous_year,
    apportioned.scope,
    apportioned.code,
    coalesce(apportioned.name, divisions.division_zh) as name,
    apportioned.indicator,
    apportioned.indicator_zh,
    apportioned.unit,
    apportioned.previous_enterprises,
    apportioned.enterprises,
    apportioned.entering,
    apportioned.leaving,
    cast(round(apportioned.previous_value, 6) as decimal(18, 6)) as previous_value,
    cast(round(apportioned.value, 6) as decimal(18, 6)) as value,
    cast(apportioned.growth / 1000000 as decimal(18, 6)) as growth,
    cast(apportioned.part[1] / 1000000 as decimal(18, 6)) as within,
    cast(apportioned.part[2] / 1000000 as decimal(18, 6)) as between_units,
    cast(apportioned.part[3] / 1000000 as decimal(18, 6)) as entered,
    cast(apportioned.part[4] / 1000000 as decimal(18, 6)) as has_left
from apportioned
left join history_division as divisions
    on apportioned.year = divisions.year and apportioned.scope = 'division' and apportioned.code = divisions.division;
