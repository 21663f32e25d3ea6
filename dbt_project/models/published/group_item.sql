with items as (
    select * from {{ ref('int_groups__items') }}
),

final as (
    select
        year,
        application_no,
        {{ item_columns() }}
    from items
)

select * from final
