with source as (
    select * from {{ source('landing', 'notice_enterprise_member') }}
),

final as (
    select * from source
)

select * from final
