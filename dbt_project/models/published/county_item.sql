-- One row per evaluated county and indicator: the factors of its score, so that the score explains itself.
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
