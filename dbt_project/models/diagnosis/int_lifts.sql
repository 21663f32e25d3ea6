with borders as (
    select * from {{ ref('int_borders') }}
    where next_class is not null
),

items as (
    select * from {{ ref('int_items') }}
    where level = 'enterprise'
),

coefficients as (
    {{ tier_coefficients() }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

positions as (
    select * from {{ source('landing', 'policy_indicators') }}
),

wanted as (
    select
        borders.year,
        borders.county_code,
        borders.uscc,
        items.indicator,
        items.value,
        items.standard_max,
        items.standard_mean,
        items.standard_min,
        items.score + borders.points_missing as wanted_score,
        items.weight * coefficients.best as best_score,
        items.weight * coefficients.better as better_score,
        items.weight * coefficients.ordinary as ordinary_score,
        case parameters.zero_value when 'zero' then items.standard_min else 0 end as smallest_value,
        positions.position
    from borders
    inner join items on borders.uscc = items.code and borders.county_code = items.county_code
    inner join positions on items.indicator = positions.indicator
    cross join coefficients
    cross join parameters
    -- Where nobody has a positive value, no value has a score.
    where items.standard_min is not null
),

reached as (
    select
        *,
        case
            when {{ below('better_score', 'wanted_score') }}
                then standard_mean
                + (wanted_score - better_score) / nullif(best_score - better_score, 0) * (standard_max - standard_mean)
            when {{ at_most('standard_mean', 'standard_min') }} then standard_mean
            else greatest(
                standard_min
                + (wanted_score - ordinary_score) / nullif(better_score - ordinary_score, 0)
                * (standard_mean - standard_min),
                smallest_value
            )
        end as lifting_value
    from wanted
    where {{ at_most('wanted_score', 'best_score') }}
),

-- The shortest way is the one on which the value has to rise least, in proportion.
final as (
    select
        year,
        county_code,
        uscc,
        indicator,
        lifting_value,
        row_number() over (
            partition by county_code, uscc
            order by case when value > 0 then lifting_value / value end nulls last, position
        ) as preference
    from reached
)

select * from final
