with source as (
    select * from {{ source('landing', 'previous_city_target') }}
    where year = {{ var('year') }}
),

final as (
    select * from source
)

select * from final
