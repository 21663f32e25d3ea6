with source as (
    select * from {{ source('landing', 'notice_release') }}
),

final as (
    select * from source
)

select * from final
