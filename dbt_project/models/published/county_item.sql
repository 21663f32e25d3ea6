with items as (
    select * from {{ ref('int_items') }}
    where level = 'county'
),

final as (
    select
        year,
        code as county_code,
        {{ item_columns() }}
    from items
)

select * from final
