with source as (
    select * from {{ source('landing', 'intake_column') }}
    where year = {{ var('year') }}
),

final as (
    select * from source
)

select * from final
