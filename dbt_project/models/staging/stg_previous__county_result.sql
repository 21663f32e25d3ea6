with source as (
    select * from {{ source('landing', 'previous_county_result') }}
    where year = {{ var('year') }}
),

final as (
    select * from source
)

select * from final
