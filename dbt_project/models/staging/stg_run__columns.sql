with source as (
    select * from {{ source('landing', 'feed_column') }}
),

final as (
    select * from source
)

select * from final
