{%- set amounts = ref('int_amounts') -%}
with totals as (
    {%- for measure in measures() %}
    select
        uscc,
        county_code,
        '{{ measure }}' as measure,
        {{ total_of(measure, 'amount') }} as amount
    from {{ amounts }}
    where measure = '{{ measure }}' and counted and amount is not null
    group by uscc, county_code
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        uscc,
        county_code
        {%- for measure in measures() %},
        max(case when measure = '{{ measure }}' then amount end) as {{ measure }}
        {%- endfor %}
    from totals
    group by uscc, county_code
)

select * from final
