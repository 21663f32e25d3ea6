with source as (
    select * from {{ source('landing', 'previous_county_result') }}
),

final as (
    select * from source
)

select * from final
