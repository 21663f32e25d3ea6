with source as (
    select * from {{ source('landing', 'intake_file') }}
),

final as (
    select * from source
)

select * from final
