{{ config(materialized='table') }}
{%- set parameters = {
    'standard_scope': 'varchar',
    'zero_value': 'varchar',
    'missing_value': 'varchar',
    'score_decimals': 'integer',
    'not_counted_years': 'integer',
    'suspension_years': 'integer',
    'bonus_cap': 'double',
    'deduction_cap_enterprise': 'double',
    'deduction_cap_territory': 'double',
    'demonstration_size': 'integer',
    'city_code': 'varchar',
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
