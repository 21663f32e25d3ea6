with source as (
    select * from {{ source('landing', 'previous_enterprise_result') }}
),

final as (
    select * from source
)

select * from final
