{% macro add_years(day, years) -%}
  {{ return(adapter.dispatch('add_years')(day, years)) }}
{%- endmacro %}

{#- 29 February plus a year is 28 February. -#}
{% macro default__add_years(day, years) -%}
  cast({{ day }} + to_years(cast({{ years }} as integer)) as date)
{%- endmacro %}
