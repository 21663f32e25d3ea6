with units as (
    select * from {{ ref('int_units') }}
),

previous as (
    select * from {{ ref('int_previous__units') }}
),

final as (
    {%- for amount in ['value_added', 'tax', 'land_area_mu', 'average_headcount'] %}
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        '{{ amount }}' as amount,
        units.{{ amount }} as this_year,
        previous.{{ amount }} as year_before
    from units
    inner join previous on units.uscc = previous.uscc and units.county_code = previous.county_code
    where units.{{ amount }} is not null and previous.{{ amount }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
