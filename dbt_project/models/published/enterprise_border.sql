-- Rulebook 8.3.
with borders as (
    select * from {{ ref('int_borders') }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

lifts as (
    select * from {{ ref('int_lifts') }}
    where preference = 1
),

final as (
    select
        borders.year,
        borders.county_code,
        borders.uscc,
        borders.classified,
        borders.rank,
        borders.total_score,
        results.class,
        borders.next_class,
        borders.next_class_total,
        borders.points_missing,
        borders.lower_border_total,
        lifts.indicator as best_indicator,
        lifts.lifting_value as best_value
    from borders
    inner join results on borders.uscc = results.uscc and borders.county_code = results.county_code
    left join lifts on borders.uscc = lifts.uscc and borders.county_code = lifts.county_code
)

select * from final
