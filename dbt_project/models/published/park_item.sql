-- One row per evaluated park and indicator: the factors of its score, so that the score explains itself.
with items as (
    select * from {{ ref('int_items') }}
    where level = 'park'
),

final as (
    select
        year,
        code as park_code,
        {{ item_columns() }}
    from items
)

select * from final
