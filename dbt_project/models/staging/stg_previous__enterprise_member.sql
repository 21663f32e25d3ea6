with source as (
    select * from {{ source('landing', 'previous_enterprise_member') }}
    where year = {{ var('year') }}
),

final as (
    select * from source
)

select * from final
