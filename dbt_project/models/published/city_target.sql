-- Rulebook 8.2; 意见 二.
with city as (
    select * from {{ ref('int_indicators__city') }}
),

targets as (
    select * from {{ source('landing', 'policy_targets') }}
),

previous as (
    select * from {{ source('landing', 'previous_city_target') }}
),

base_values as (
    select * from {{ source('landing', 'base_city_target') }}
),

base_releases as (
    select * from {{ source('landing', 'base_release') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

feeds as (
    select * from {{ ref('stg_run__feeds') }}
    where feed = 'new_industrial_land' and accepted_files > 0
),

measured as (
    select
        targets.year,
        targets.indicator,
        targets.growth_unit,
        targets.target,
        parameters.target_year,
        targets.target_growth,
        case
            when targets.indicator = 'standard_land_share' then city.standard_land_share
            else {{ indicator_value('targets.indicator', 'city') }}
        end as value,
        previous.value as previous_value,
        base_releases.released_year as base_year,
        base_values.value as base_value,
        targets.year - base_releases.released_year as years_since_base,
        case when targets.year < parameters.target_year then parameters.target_year - targets.year end as years_left
    from targets
    cross join city
    cross join parameters
    left join previous on targets.indicator = previous.indicator
    left join base_releases on targets.year > base_releases.released_year
    left join base_values on targets.indicator = base_values.indicator
    left join feeds on targets.year = feeds.year
    where targets.indicator <> 'standard_land_share' or feeds.feed is not null
),

grown as (
    select
        *,
        {{ growth('value', 'previous_value', 'growth_unit') }} as growth,
        case
            when growth_unit = 'point' then (value - base_value) / years_since_base
            when value > 0 and base_value > 0 then (power(value / base_value, 1 / years_since_base) - 1) * 100
        end as mean_growth,
        case
            when value > 0 and growth_unit = 'point' then (target - value) / years_left
            when value > 0 then (power(target / value, 1 / years_left) - 1) * 100
        end as needed_growth
    from measured
),

final as (
    select
        year,
        indicator,
        value,
        previous_value,
        growth,
        base_year,
        mean_growth,
        needed_growth,
        target,
        target_year,
        target_growth,
        case
            when value is null and target is not null then null
            when mean_growth is null and target_growth is not null then null
            else coalesce({{ at_most('target', 'value') }}, true)
            and coalesce({{ at_most('target_growth', 'mean_growth') }}, true)
        end as met
    from grown
)

select * from final
