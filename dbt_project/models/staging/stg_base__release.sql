with source as (
    select * from {{ source('landing', 'base_release') }}
),

final as (
    select * from source
)

select * from final
