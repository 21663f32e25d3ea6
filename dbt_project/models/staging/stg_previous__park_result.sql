with source as (
    select * from {{ source('landing', 'previous_park_result') }}
),

final as (
    select * from source
)

select * from final
