with items as (
    select * from {{ ref('int_items') }}
),

final as (
    select
        case when level = 'enterprise' then code || '/' || county_code else level || '/' || code end as unit_key,
        indicator,
        score,
        weight
    from items
)

select * from final
