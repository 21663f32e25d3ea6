{% macro add_years(day, years) -%}
  {{ return(adapter.dispatch('add_years')(day, years)) }}
{%- endmacro %}

{#- 29 February plus a year is 28 February. -#}
{% macro default__add_years(day, years) -%}
  cast({{ day }} + to_years(cast({{ years }} as integer)) as date)
{%- endmacro %}

{#- The working days between two days, both not counted. Saturdays and Sundays are none; public holidays are not
    known here. -#}
{% macro working_days_between(first, last) -%}
  {{ return(adapter.dispatch('working_days_between')(first, last)) }}
{%- endmacro %}

{% macro default__working_days_between(first, last) -%}
  len(list_filter(
            range(cast({{ first }} + 1 as timestamp), cast({{ last }} as timestamp), interval 1 day),
            lambda day: isodow(day) <= 5
        ))
{%- endmacro %}
