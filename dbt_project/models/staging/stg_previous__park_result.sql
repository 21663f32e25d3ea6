with source as (
    select * from {{ source('landing', 'previous_park_result') }}
    where year = {{ var('year') }}
),

final as (
    select * from source
)

select * from final
