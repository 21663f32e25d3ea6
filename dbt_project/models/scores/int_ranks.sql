with totals as (
    select * from {{ ref('int_totals') }}
),

classified as (
    select
        county_code,
        uscc
    from {{ ref('int_units') }}
    where treatment = 'classified'
),

ranked as (
    select
        totals.year,
        totals.level,
        totals.county_code,
        totals.code,
        totals.total_score,
        totals.region as ranked_in
    from totals
    where totals.level <> 'enterprise'
    union all
    select
        totals.year,
        totals.level,
        totals.county_code,
        totals.code,
        totals.total_score,
        totals.county_code as ranked_in
    from totals
    inner join classified on totals.code = classified.uscc and totals.county_code = classified.county_code
    where totals.level = 'enterprise'
),

final as (
    select
        year,
        level,
        county_code,
        code,
        total_score,
        cast(rank() over (partition by level, ranked_in order by total_score desc) as bigint) as rank,
        cast(rank() over (partition by level order by total_score desc) as bigint) as city_rank
    from ranked
)

select * from final
