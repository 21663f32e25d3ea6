{#- A column of a feed in the unit it is published in. The contract says the unit it is delivered in; the
    factor is a row of data/policy/units.csv. -#}
{% macro published_unit(feed, column) -%}
  {%- set factors = var('units') -%}
  {%- if execute and factors and column not in factors.get(feed, {}) -%}
    {{ exceptions.raise_compiler_error(feed ~ '.' ~ column ~ ' has no unit in the feed contract') }}
  {%- endif -%}
  {%- set factor = factors.get(feed, {}).get(column, [1, 1]) -%}
  {{ scaled(column, factor) }}
{%- endmacro %}

{#- Land is computed in m2 and published in mu (rulebook 2). -#}
{% macro mu_of_m2(area) -%}
  {{ scaled(area, var('mu_of_m2', [1, 1])) }}
{%- endmacro %}

{#- Multiplied and then divided by whole numbers, so that 15443.4 thousand yuan is 1544.34 to the last digit. -#}
{% macro scaled(figure, factor) -%}
  {{ figure }}{% if factor[0] != 1 %} * {{ factor[0] }}{% endif %}{% if factor[1] != 1 %} / {{ factor[1] }}{% endif %}
{%- endmacro %}
