with source as (
    select * from {{ source('landing', 'feed_code') }}
),

final as (
    select * from source
)

select * from final
