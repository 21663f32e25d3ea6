{%- set amounts = [
    'land_area_mu', 'tax', 'value_added', 'average_headcount', 'energy', 'revenue', 'rd_expenditure',
] -%}
with noticed as (
    select
        'notice' as release,
        *
    from {{ source('landing', 'notice_enterprise_result') }}
),

current_results as (
    select
        'this' as release,
        *
    from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

{% for relation in ['noticed', 'current_results'] -%}
{{ relation }}_figures as (
    {%- for figure in amounts %}
    select
        year,
        release,
        county_code,
        uscc,
        '{{ figure }}' as figure,
        {{ figure }} as value
    from {{ relation }}
    union all
    {%- endfor %}
    select
        year,
        release,
        county_code,
        uscc,
        'events' as figure,
        bonus - deduction as value
    from {{ relation }}
),

{% endfor -%}
final as (
    select * from noticed_figures
    union all
    select * from current_results_figures
)

select * from final
