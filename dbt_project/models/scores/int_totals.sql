with items as (
    select * from {{ ref('int_items') }}
),

adjustments as (
    select
        'enterprise' as level,
        county_code,
        uscc as code,
        bonus,
        deduction
    from {{ ref('int_units') }}
    union all
    select
        level,
        '' as county_code,
        code,
        0 as bonus,
        deduction
    from {{ ref('int_territories__sums') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

final as (
    {{ totals('items', 'adjustments', 'parameters') }}
)

select * from final
