with items as (
    select * from {{ ref('int_items') }}
    where level = 'enterprise'
),

final as (
    select
        year,
        county_code,
        code as uscc,
        {{ item_columns() }}
    from items
)

select * from final
