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
        previous.value as previous_value
    from targets
    cross join city
    cross join parameters
    left join previous on targets.indicator = previous.indicator
    left join feeds on targets.year = feeds.year
    where targets.indicator <> 'standard_land_share' or feeds.feed is not null
),

grown as (
    select
        *,
        {{ growth('value', 'previous_value', 'growth_unit') }} as growth
    from measured
),

final as (
    select
        year,
        indicator,
        value,
        previous_value,
        growth,
        target,
        target_year,
        target_growth,
        case
            when value is null and target is not null then null
            when growth is null and target_growth is not null then null
            else coalesce({{ at_most('target', 'value') }}, true)
            and coalesce({{ at_most('target_growth', 'growth') }}, true)
        end as met
    from grown
)

select * from final
