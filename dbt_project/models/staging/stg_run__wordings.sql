with source as (
    select * from {{ source('landing', 'wording') }}
),

final as (
    select * from source
)

select * from final
