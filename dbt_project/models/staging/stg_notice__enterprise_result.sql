with source as (
    select * from {{ source('landing', 'notice_enterprise_result') }}
),

final as (
    select * from source
)

select * from final
