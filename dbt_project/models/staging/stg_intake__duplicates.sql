with source as (
    select * from {{ source('landing', 'intake_duplicate') }}
),

final as (
    select * from source
)

select * from final
