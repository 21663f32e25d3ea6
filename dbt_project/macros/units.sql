{#- A column of a feed in the unit it is published in. The landed contract says by which factor. -#}
{% macro published_unit(feed, column) -%}
  {{ scaled(column, factor(feed ~ '.' ~ column)) }}
{%- endmacro %}

{#- Land is computed in m2 and published in mu (rulebook 2). -#}
{% macro mu_of_m2(area) -%}
  {{ scaled(area, factor('m2')) }}
{%- endmacro %}

{#- Money in 万元 as yuan with two decimals: the form in which it is compared with zero. -#}
{% macro in_yuan(wan_yuan) -%}
  {%- set multiply_by, divide_by = factor('yuan') -%}
  round({{ scaled(wan_yuan, [divide_by, multiply_by]) }}, 2)
{%- endmacro %}

{#- Multiplied and then divided by whole numbers, so that 15443.4 thousand yuan is 1544.34 to the last digit. -#}
{% macro scaled(figure, factor) -%}
  {{ figure }}{% if factor[0] != 1 %} * {{ factor[0] }}{% endif %}{% if factor[1] != 1 %} / {{ factor[1] }}{% endif %}
{%- endmacro %}

{#- The whole numbers that lead to the published unit, to multiply and to divide by: of a column of the contract
    (`feed.column`), or of a unit. They are read once for all models, and kept where these meet. -#}
{% macro factor(name) -%}
  {%- do source('landing', 'feed_column') -%}
  {%- do source('landing', 'policy_units') -%}
  {%- if not execute -%}
    {{ return([1, 1]) }}
  {%- endif -%}
  {%- if 'factors' not in graph -%}
    {%- set factors = {} -%}
    {%- set rows = run_query(
      "select feed || '.' || column_name, multiply_by, divide_by from (" ~ landed('feed_column')
      ~ ") union all select unit, multiply_by, divide_by from (" ~ landed('policy_units') ~ ")") -%}
    {%- for row in rows %}{% do factors.update({row[0]: [row[1] | int, row[2] | int]}) %}{% endfor -%}
    {%- do graph.update({'factors': factors}) -%}
  {%- endif -%}
  {%- if name not in graph['factors'] -%}
    {{ exceptions.raise_compiler_error('The landing of ' ~ year() ~ ' in ' ~ home() ~ ' has no factor for “' ~ name
      ~ '”: it is no unit of data/policy/units.csv, nor a column of the feed contract that has one.') }}
  {%- endif -%}
  {{ return(graph['factors'][name]) }}
{%- endmacro %}
