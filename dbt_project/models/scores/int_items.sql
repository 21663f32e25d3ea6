with measures as (
    select * from {{ ref('int_measures') }}
),

standards as (
    select * from {{ ref('int_standards') }}
),

coefficients as (
    select
        max(case when tier = '优' then coefficient end) as best,
        max(case when tier = '较优' then coefficient end) as better,
        max(case when tier = '一般' then coefficient end) as ordinary
    from {{ source('landing', 'policy_tiers') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

tiered as (
    select
        measures.*,
        standards.max as standard_max,
        standards.mean as standard_mean,
        standards.min as standard_min,
        case
            when measures.value is null then '缺'
            when measures.value < 0 then '负值'
            when standards.min is null then '一般'
            -- The maximum comes before the mean: a group of one, or of equal values, is 优 (5.5).
            when {{ same('measures.value', 'standards.max') }} then '优'
            when {{ at_most('standards.mean', 'measures.value') }} then '较优'
            else '一般'
        end as tier
    from measures
    inner join standards
        on measures.level = standards.level
        and measures.group_code = standards.group_code
        and measures.indicator = standards.indicator
),

formula as (
    select
        tiered.*,
        case
            when tier = '优' then weight * best
            when tier = '较优'
                then weight * better
                + (value - standard_mean) / nullif(standard_max - standard_mean, 0) * (weight * best - weight * better)
            when tier = '一般' and standard_min is null then 0
            when tier = '一般' and value = 0 and zero_value = 'zero' then 0
            when tier = '一般' and {{ at_most('standard_mean', 'standard_min') }} then 0
            when tier = '一般'
                then weight * ordinary
                + (value - standard_min) / nullif(standard_mean - standard_min, 0)
                * (weight * better - weight * ordinary)
            else 0
        end as points
    from tiered
    cross join coefficients
    cross join parameters
),

computed as (
    select
        formula.*,
        {{ rounded('greatest(points, 0)', 'parameters.score_decimals') }} as computed_score
    from formula
    cross join parameters
),

-- What a territory without emissions is given (5.6): by what the others of its group have.
group_scores as (
    select
        level,
        group_code,
        indicator,
        {{ total("case when tier <> '缺' then computed_score end") }}
        / nullif(sum(case when tier <> '缺' then 1 else 0 end), 0) as mean_score
    from computed
    group by level, group_code, indicator
),

given as (
    select
        computed.year,
        computed.level,
        computed.county_code,
        computed.code,
        computed.region,
        computed.group_code,
        computed.indicator,
        computed.value,
        computed.tier,
        computed.weight,
        computed.standard_max,
        computed.standard_mean,
        computed.standard_min,
        case
            when computed.tier <> '缺' or not computed.emits_nothing or parameters.missing_value = 'zero'
                then computed.computed_score
            when parameters.missing_value = 'full' or group_scores.mean_score is null then computed.weight
            else {{ rounded('group_scores.mean_score', 'parameters.score_decimals') }}
        end as score
    from computed
    cross join parameters
    inner join group_scores
        on computed.level = group_scores.level
        and computed.group_code = group_scores.group_code
        and computed.indicator = group_scores.indicator
),

final as (
    select
        given.*,
        {{ rounded('given.weight - given.score', 'parameters.score_decimals') }} as points_lost
    from given
    cross join parameters
)

select * from final
