with source as (
    select * from {{ source('landing', 'base_city_target') }}
),

final as (
    select * from source
)

select * from final
