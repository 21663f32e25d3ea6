with source as (
    select * from {{ source('landing', 'intake_column') }}
),

final as (
    select * from source
)

select * from final
