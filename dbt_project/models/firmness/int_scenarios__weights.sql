with scenarios as (
    select * from {{ ref('int_scenarios') }}
),

weights as (
    select
        region,
        indicator,
        cast(weight as double) as weight
    from {{ source('landing', 'policy_weights') }}
    where level = 'enterprise'
),

regions as (
    select
        region,
        {{ total('weight') }} as sum_of_weights
    from weights
    group by region
),

-- A scenario of an indicator exists where the indicator has a weight. None can take more than all there is.
changed as (
    select
        scenarios.scenario,
        scenarios.indicator,
        regions.region,
        regions.sum_of_weights,
        weights.weight as old_weight,
        least(weights.weight * scenarios.weight_share, regions.sum_of_weights) as new_weight
    from scenarios
    cross join regions
    left join weights on regions.region = weights.region and scenarios.indicator = weights.indicator
    where scenarios.indicator is null or weights.weight > 0
),

final as (
    select
        changed.scenario,
        weights.region,
        weights.indicator,
        case
            when changed.indicator is null or changed.new_weight = changed.old_weight then weights.weight
            when changed.indicator = weights.indicator then changed.new_weight
            else
                weights.weight * (changed.sum_of_weights - changed.new_weight)
                / nullif(changed.sum_of_weights - changed.old_weight, 0)
        end as weight
    from changed
    inner join weights on changed.region = weights.region
)

select * from final
