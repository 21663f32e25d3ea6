-- Rulebook 8.1; 意见 三(四)7.
with ranks as (
    select * from {{ ref('int_ranks') }}
),

common as (
    select * from {{ ref('int_common_totals') }}
),

territories as (
    select * from {{ ref('int_territories') }}
),

units as (
    select * from {{ ref('int_units') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

best as (
    select
        ranks.*,
        common.common_score,
        common.common_rank
    from ranks
    cross join parameters
    inner join common
        on ranks.level = common.level and ranks.county_code = common.county_code and ranks.code = common.code
    where ranks.city_rank <= parameters.demonstration_size
),

final as (
    select
        best.year,
        best.level,
        best.code,
        best.city_rank as rank,
        territories.name,
        best.total_score,
        best.common_score,
        best.common_rank
    from best
    inner join territories on best.level = territories.level and best.code = territories.code
    union all
    select
        best.year,
        best.level,
        best.code || '/' || best.county_code as code,
        best.city_rank as rank,
        units.enterprise_name as name,
        best.total_score,
        best.common_score,
        best.common_rank
    from best
    inner join units on best.code = units.uscc and best.county_code = units.county_code
    where best.level = 'enterprise'
)

select * from final
