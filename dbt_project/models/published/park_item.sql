with items as (
    select * from {{ ref('int_items') }}
    where level = 'park'
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

final as (
    select
        items.year,
        items.code as park_code,
        parks.county_code,
        {{ item_columns() }}
    from items
    inner join parks on items.code = parks.park_code
)

select * from final
