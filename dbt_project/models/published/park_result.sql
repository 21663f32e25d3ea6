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
