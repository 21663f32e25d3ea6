{#- The indicators of the method in their order (rulebook 3; 说明 二): indicator, numerator, denominator, multiply_by.
    They are read once for all models. -#}
{% macro indicators_of_method() -%}
  {%- do source('landing', 'policy_indicators') -%}
  {%- if not execute -%}
    {{ return([]) }}
  {%- endif -%}
  {%- if 'indicators' not in graph -%}
    {%- set known = measures() + ['land_area_mu'] -%}
    {%- set found = [] -%}
    {%- for row in run_query(
      'select indicator, numerator, denominator, multiply_by from (' ~ landed('policy_indicators') ~ ') order by position'
    ) -%}
      {%- for part in (row[1], row[2]) if part not in known -%}
        {{ exceptions.raise_compiler_error('The indicator “' ~ row[0] ~ '” of data/policy/indicators.csv is made of “'
          ~ part ~ '”, to which no column of the feed contract contributes. There are ' ~ known | join(', ') ~ '.') }}
      {%- endfor -%}
      {%- do found.append(
        {'indicator': row[0], 'numerator': row[1], 'denominator': row[2], 'multiply_by': row[3] | int}
      ) -%}
    {%- endfor -%}
    {%- do graph.update({'indicators': found}) -%}
  {%- endif -%}
  {{ return(graph['indicators']) }}
{%- endmacro %}

{#- The indicators of a relation that has the amounts and the land: one place, for enterprises, territories and the
    city alike. A denominator in money is compared with zero as money. -#}
{% macro indicators() -%}
  {%- set money = measured_columns() | selectattr('money') | map(attribute='measure') | list -%}
  {%- for row in indicators_of_method() %}
    case
        when {{ in_yuan(row.denominator) if row.denominator in money else row.denominator }} > 0
            then {{ row.numerator }} / {{ row.denominator }}{{ ' * ' ~ row.multiply_by if row.multiply_by != 1 }}
    end as {{ row.indicator }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{#- The indicators of a relation that has them side by side, as columns before others. `among`: those to take. -#}
{% macro indicator_columns(relation, among=none) -%}
  {%- for row in indicators_of_method() if among is none or row.indicator in among %}
        {{ relation }}.{{ row.indicator }},
  {%- endfor %}
{%- endmacro %}

{#- The value that a relation with the indicators side by side has of the one that `indicator` names. -#}
{% macro indicator_value(indicator, relation) -%}
        case {{ indicator }}
            {%- for row in indicators_of_method() %}
            when '{{ row.indicator }}' then {{ relation }}.{{ row.indicator }}
            {%- endfor %}
        end
{%- endmacro %}

{#- A relation with the indicators side by side as one row per indicator: `keys` and indicator, value. -#}
{% macro by_indicator(relation, keys) -%}
{%- for row in indicators_of_method() %}
    select
        {{ keys }},
        '{{ row.indicator }}' as indicator,
        {{ row.indicator }} as value
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
{%- endfor %}
{%- endmacro %}
