-- One row per evaluated park: the sums of its base, its indicators, score and rank within its region.
with results as (
    {{ territory_results('park') }}
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

final as (
    select
        results.*,
        parks.county_code
    from results
    inner join parks on results.park_code = parks.park_code
)

select * from final
