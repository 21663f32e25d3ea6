{#- The year that is evaluated. Nothing is computed for a year that nobody has named. -#}
{% macro year() -%}
  {%- set year = env_var('MUJUN_YEAR', '') -%}
  {%- if execute and not modules.re.fullmatch('[0-9]{4}', year) -%}
    {{ exceptions.raise_compiler_error(
      'Which year? Set MUJUN_YEAR to one that mujun has run, e.g. MUJUN_YEAR=2024; it is “' ~ year ~ '”.') }}
  {%- endif -%}
  {{ return(year) }}
{%- endmacro %}

{#- A value that must be there: an input without it ends the build. -#}
{% macro required(value, name) -%}
  {{ return(adapter.dispatch('required')(value, name)) }}
{%- endmacro %}

{% macro default__required(value, name) -%}
  coalesce({{ value }}, error('The landing of {{ year() }} has no {{ name }}. Run the year by mujun run.'))
{%- endmacro %}
