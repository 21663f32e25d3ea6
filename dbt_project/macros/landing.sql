{#- Make every source of schema `landing` a view of the year that is evaluated, or refuse to: a table that is not
    there is no empty one. The adapter's `external_location` keeps the path that held when the project was parsed: parsed
    for one year and run for another, it read the first. What an engine needs to read the landing is in `landed` and `landed_tables`. -#}
{% macro register_landing() %}
  {{ return(adapter.dispatch('register_landing')()) }}
{% endmacro %}

{% macro default__register_landing() %}
  {%- if execute -%}
    {%- set there = run_query(landed_tables()).columns[0].values() -%}
    {%- set missing = [] -%}
    {%- set views = ['create schema if not exists landing'] -%}
    {%- for source in graph.sources.values() if source.source_name == 'landing' %}
      {%- if source.identifier not in there %}{% do missing.append(source.identifier) %}{% endif %}
      {%- do views.append('create or replace view landing.' ~ source.identifier ~ ' as ' ~ landed(source.identifier)) %}
    {%- endfor %}
    {%- if missing -%}
      {{ exceptions.raise_compiler_error(
        'The landing of ' ~ year() ~ ' in the home ' ~ home() ~ ' '
        ~ ('lacks ' ~ missing | sort | join(', ') if there else 'is not there')
        ~ '. Set MUJUN_HOME to the home that is meant, and run the year there by mujun run.') }}
    {%- endif -%}
    {%- do run_query(views | join(';\n')) -%}
  {%- endif -%}
{% endmacro %}

{#- The folder that mujun owns: the same setting, and the same default. -#}
{% macro home() -%}
  {{ return(env_var('MUJUN_HOME', '../data/home')) }}
{%- endmacro %}

{#- The rows of a landed table, as a query. -#}
{% macro landed(table) -%}
  {{ return(adapter.dispatch('landed')(table)) }}
{%- endmacro %}

{% macro default__landed(table) -%}
  select *, cast({{ year() }} as integer) as year
  from read_parquet('{{ landing_path(table) }}', hive_partitioning = false)
{%- endmacro %}

{#- The names of the tables landed for the year, as a query. -#}
{% macro landed_tables() -%}
  select split(file, '/')[-3] from glob('{{ landing_path('*') }}')
{%- endmacro %}

{#- Where a table lies. The home is a path, not a pattern: what a glob would read as one is put in brackets. -#}
{% macro landing_path(table) -%}
  {%- set folder = home() | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') | replace("'", "''") -%}
  {{ return(folder ~ '/landing/' ~ table ~ '/year=' ~ year() ~ '/rows.parquet') }}
{%- endmacro %}
