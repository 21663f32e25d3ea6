{%- set parts = parts_of_score() -%}
with items as (
    select * from {{ ref('int_moves__items') }}
),

units as (
    select * from {{ ref('int_moves__units') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

sums as (
    select
        county_code,
        uscc,
        {%- for column in ['previous_score', 'score'] + parts %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from items
    group by county_code, uscc
),

added as (
    select
        units.*,
        {%- for part in parts %}
        {{ rounded('sums.' ~ part, 'parameters.score_decimals') }} as {{ part }},
        {%- endfor %}
        {{ rounded('units.bonus - units.previous_bonus', 'parameters.score_decimals') }} as bonus_part,
        {{ rounded('units.previous_deduction - units.deduction', 'parameters.score_decimals') }} as deduction_part,
        {{ rounded('units.total_score - units.previous_total_score', 'parameters.score_decimals') }} as change,
        {{ rounded(
            'sums.score + units.bonus - units.deduction - units.total_score', 'parameters.score_decimals'
        ) }} as unlike,
        {{ rounded(
            'sums.previous_score + units.previous_bonus - units.previous_deduction - units.previous_total_score',
            'parameters.score_decimals'
        ) }} as previous_unlike
    from units
    cross join parameters
    left join sums on units.uscc = sums.uscc and units.county_code = sums.county_code
),

-- Where the rules in hand do not give what last year's release says, the parts would not be those of the change.
final as (
    select
        {{ all_but(['reason']) }},
        case
            when reason is null and not coalesce(unlike = 0 and previous_unlike = 0, false) then 'other_rules'
            else reason
        end as reason
    from added
)

select * from final
