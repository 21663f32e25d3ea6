with scenarios as (
    select * from {{ source('landing', 'policy_scenarios') }}
),

indicators as (
    select distinct
        indicators.indicator,
        indicators.indicator_zh
    from {{ source('landing', 'policy_weights') }} as weights
    inner join {{ source('landing', 'policy_indicators') }} as indicators on weights.indicator = indicators.indicator
    where weights.level = 'enterprise' and weights.weight > 0
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

final as (
    select
        parameters.year,
        scenarios.scenario || coalesce(':' || indicators.indicator, '') as scenario,
        scenarios.scenario_zh || coalesce('：' || indicators.indicator_zh, '') as scenario_zh,
        scenarios.clause,
        scenarios.changes,
        indicators.indicator,
        cast(scenarios.weight_share as double) as weight_share,
        case
            when scenarios.changes <> 'zero_value' then parameters.zero_value
            when parameters.zero_value = 'literal' then 'zero'
            else 'literal'
        end as zero_value,
        case
            when scenarios.changes <> 'standard_scope' then parameters.standard_scope
            when parameters.standard_scope = 'county' then 'region'
            else 'county'
        end as standard_scope,
        parameters.missing_value
    from scenarios
    cross join parameters
    left join indicators on scenarios.changes in ('weight', 'top')
)

select * from final
