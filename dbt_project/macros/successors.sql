{#- The county that a county of the year before is today: itself while in force, else its successor
    (rulebook 9). -#}
{% macro county_today(county, counties) -%}
  case when {{ counties }}.in_force then {{ county }} else coalesce({{ counties }}.successor, {{ county }}) end
{%- endmacro %}
