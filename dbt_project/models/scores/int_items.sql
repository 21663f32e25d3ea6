with measures as (
    select * from {{ ref('int_measures') }}
),

standards as (
    select * from {{ ref('int_standards') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

final as (
    {{ item_scores('measures', 'standards', 'parameters') }}
)

select * from final
