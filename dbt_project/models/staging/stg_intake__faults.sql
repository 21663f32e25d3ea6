with source as (
    select * from {{ source('landing', 'intake_fault') }}
),

final as (
    select * from source
)

select * from final
