with items as (
    select * from {{ ref('int_items') }}
),

vetoed as (
    select * from {{ ref('int_units') }}
    where treatment = 'vetoed'
),

indicators as (
    select * from {{ ref('int_indicators__units') }}
),

weights as (
    select * from {{ source('landing', 'policy_weights') }}
    where level = 'enterprise'
),

standards as (
    select * from {{ ref('int_standards') }}
    where level = 'enterprise'
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

previous as (
    select * from {{ ref('int_previous__indicators') }}
),

targets as (
    select * from {{ source('landing', 'policy_targets') }}
),

scored_items as (
    select
        year,
        level,
        county_code,
        code,
        group_code,
        indicator,
        value,
        tier,
        weight,
        standard_max,
        standard_mean,
        score,
        points_lost,
        cast(rank() over (partition by level, group_code, indicator order by score desc) as bigint) as item_rank,
        count(*) over (partition by level, group_code, indicator) as ranked
    from items
),

unit_values as (
    {{ by_indicator('indicators', 'year, county_code, uscc') }}
),

vetoed_values as (
    select
        vetoed.year,
        'enterprise' as level,
        vetoed.county_code,
        vetoed.uscc as code,
        case parameters.standard_scope when 'region' then vetoed.region else vetoed.county_code end as group_code,
        weights.indicator,
        unit_values.value,
        cast(weights.weight as double) as weight
    from vetoed
    cross join parameters
    inner join weights on vetoed.region = weights.region
    inner join unit_values
        on vetoed.uscc = unit_values.uscc
        and vetoed.county_code = unit_values.county_code
        and weights.indicator = unit_values.indicator
),

diagnosed as (
    select * from scored_items
    union all
    select
        vetoed_values.year,
        vetoed_values.level,
        vetoed_values.county_code,
        vetoed_values.code,
        vetoed_values.group_code,
        vetoed_values.indicator,
        vetoed_values.value,
        null as tier,
        vetoed_values.weight,
        standards.max as standard_max,
        standards.mean as standard_mean,
        null as score,
        null as points_lost,
        null as item_rank,
        null as ranked
    from vetoed_values
    left join standards
        on vetoed_values.group_code = standards.group_code and vetoed_values.indicator = standards.indicator
),

final as (
    select
        diagnosed.*,
        diagnosed.value - diagnosed.standard_mean as to_mean,
        diagnosed.value - diagnosed.standard_max as to_max,
        previous.value as previous_value,
        {{ growth('diagnosed.value', 'previous.value', 'targets.growth_unit') }} as change
    from diagnosed
    left join previous
        on diagnosed.level = previous.level
        and diagnosed.county_code = previous.county_code
        and diagnosed.code = previous.code
        and diagnosed.indicator = previous.indicator
    left join targets on diagnosed.indicator = targets.indicator
)

select * from final
