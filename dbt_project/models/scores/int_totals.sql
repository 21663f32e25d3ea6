with base_scores as (
    select
        year,
        level,
        county_code,
        code,
        group_code,
        region,
        {{ total('score') }} as base_score
    from {{ ref('int_items') }}
    group by year, level, county_code, code, group_code, region
),

adjustments as (
    select
        'enterprise' as level,
        county_code,
        uscc as code,
        bonus,
        deduction
    from {{ ref('int_units') }}
    union all
    select
        level,
        '' as county_code,
        code,
        0 as bonus,
        deduction
    from {{ ref('int_territories__sums') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

final as (
    select
        base_scores.year,
        base_scores.level,
        base_scores.county_code,
        base_scores.code,
        base_scores.region,
        {{ rounded('base_scores.base_score', 'parameters.score_decimals') }} as base_score,
        adjustments.bonus,
        adjustments.deduction,
        {{ rounded('base_scores.base_score + adjustments.bonus - adjustments.deduction', 'parameters.score_decimals') }}
            as total_score
    from base_scores
    cross join parameters
    inner join adjustments
        on base_scores.level = adjustments.level
        and base_scores.county_code = adjustments.county_code
        and base_scores.code = adjustments.code
)

select * from final
