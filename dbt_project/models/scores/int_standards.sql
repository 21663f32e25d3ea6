with measures as (
    select * from {{ ref('int_measures') }}
),

final as (
    {{ standards('measures') }}
)

select * from final
