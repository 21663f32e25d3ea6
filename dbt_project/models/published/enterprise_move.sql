with totals as (
    select * from {{ ref('int_moves__totals') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

final as (
    select
        totals.year,
        totals.county_code,
        totals.uscc,
        totals.previous_total_score,
        totals.total_score,
        totals.change,
        totals.reason,
        totals.members_changed,
        {%- for part in parts_of_score() %}
        case when totals.reason is null then totals.{{ part }} end as {{ part }},
        {%- endfor %}
        case when totals.reason is null then totals.bonus_part end as bonus,
        case when totals.reason is null then totals.deduction_part end as deduction,
        case when totals.reason is null then
            {{ rounded(
                'totals.own_figures + totals.land + totals.bonus_part + totals.deduction_part',
                'parameters.score_decimals'
            ) }} end as own
    from totals
    cross join parameters
)

select * from final
