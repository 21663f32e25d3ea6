with units as (
    select * from {{ ref('int_units') }}
    where treatment <> 'vetoed'
),

unit_values as (
    select * from {{ ref('int_indicators__units') }}
),

territories as (
    select * from {{ ref('int_territories__sums') }}
),

territory_values as (
    select * from {{ ref('int_indicators__territories') }}
),

weights as (
    select * from {{ source('landing', 'policy_weights') }}
),

indicators as (
    select * from {{ source('landing', 'policy_indicators') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

scored as (
    select
        units.year,
        'enterprise' as level,
        units.county_code,
        units.uscc as code,
        units.region,
        case parameters.standard_scope when 'region' then units.region else units.county_code end as group_code,
        {{ indicator_columns('unit_values') }}
        units.emissions
    from units
    cross join parameters
    inner join unit_values on units.uscc = unit_values.uscc and units.county_code = unit_values.county_code
    union all
    select
        territories.year,
        territories.level,
        '' as county_code,
        territories.code,
        territories.region,
        territories.region as group_code,
        {{ indicator_columns('territory_values') }}
        territories.emissions
    from territories
    inner join territory_values
        on territories.level = territory_values.level and territories.code = territory_values.code
),

final as (
    select
        scored.year,
        scored.level,
        scored.county_code,
        scored.code,
        scored.region,
        scored.group_code,
        weights.indicator,
        cast(weights.weight as double) as weight,
        {{ indicator_value('weights.indicator', 'scored') }} as value,
        indicators.denominator = 'emissions' and scored.emissions = 0 as emits_nothing
    from scored
    inner join weights on scored.level = weights.level and scored.region = weights.region
    inner join indicators on weights.indicator = indicators.indicator
)

select * from final
