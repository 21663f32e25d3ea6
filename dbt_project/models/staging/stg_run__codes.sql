with source as (
    select * from {{ source('landing', 'feed_code') }}
    where year = {{ var('year') }}
),

final as (
    select * from source
)

select * from final
