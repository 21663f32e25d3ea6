with items as (
    select * from {{ ref('int_moves__items') }}
),

totals as (
    select * from {{ ref('int_moves__totals') }}
    where reason is null
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

final as (
    select
        items.year,
        items.county_code,
        items.uscc,
        items.indicator,
        items.previous_weight,
        items.weight,
        items.previous_score,
        items.score,
        {{ rounded('items.score - items.previous_score', 'parameters.score_decimals') }} as change,
        {%- for part in parts_of_score() %}
        items.{{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from items
    cross join parameters
    inner join totals on items.uscc = totals.uscc and items.county_code = totals.county_code
)

select * from final
