with source as (
    select * from {{ source('landing', 'previous_city_target') }}
),

final as (
    select * from source
)

select * from final
