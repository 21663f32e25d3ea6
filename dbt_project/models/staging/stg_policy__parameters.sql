{{ config(materialized='table') }}
{%- set parameters = {
    'standard_scope': 'string',
    'zero_value': 'string',
    'missing_value': 'string',
    'score_decimals': 'integer',
    'not_counted_years': 'integer',
    'suspension_years': 'integer',
    'bonus_cap': 'double',
    'deduction_cap_enterprise': 'double',
    'deduction_cap_territory': 'double',
    'demonstration_size': 'integer',
    'city_code': 'string',
    'growth_base_year': 'integer',
    'target_year': 'integer',
    'notice_days': 'integer',
    'public_minimum_enterprises': 'integer',
} %}
with run as (
    select * from {{ ref('stg_run__parameters') }}
),

source as (
    select * from {{ source('landing', 'policy_parameters') }}
),

final as (
    select
        run.year,
        run.edition,
        {%- for parameter, type in parameters.items() %}
        cast(
            {{ required("max(case when source.parameter = '" ~ parameter ~ "' then source.value end)", parameter) }}
            as {{ type }}
        ) as {{ parameter }}{{ ',' if not loop.last }}
        {%- endfor %}
    from run
    left join source on run.edition = source.edition
    group by run.year, run.edition
)

select * from final
