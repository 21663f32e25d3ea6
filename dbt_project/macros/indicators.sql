{#- The six indicators of a relation that has the amounts and the land (rulebook 3; 说明 二). One place, for
    enterprises, territories and the city alike. A denominator in money is compared with zero as money. -#}
{% macro indicators() -%}
    {{ ratio('value_added', 'land_area_mu') }} as value_added_per_mu,
    {{ ratio('tax', 'land_area_mu') }} as tax_per_mu,
    {{ ratio('value_added', 'average_headcount') }} as labour_productivity,
    {{ ratio('value_added', 'energy') }} as value_added_per_energy,
    {{ ratio('value_added', 'emissions') }} as value_added_per_emission,
    case when {{ in_yuan('revenue') }} > 0 then rd_expenditure / revenue * 100 end as rd_intensity
{%- endmacro %}

{#- A relation with the six indicators side by side as one row per indicator: `keys` and indicator, value. -#}
{% macro by_indicator(relation, keys) -%}
{%- for indicator in [
    'value_added_per_mu', 'tax_per_mu', 'labour_productivity', 'value_added_per_energy',
    'value_added_per_emission', 'rd_intensity',
] %}
    select
        {{ keys }},
        '{{ indicator }}' as indicator,
        {{ indicator }} as value
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
{%- endmacro %}
