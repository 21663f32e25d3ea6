{#- Make every source of schema `landing` a view over its Parquet files, one folder per year. What an engine
    needs for that is the only thing it must bring to read the landing. -#}
{% macro register_landing() %}
  {%- if execute -%}
    create schema if not exists landing;
    {%- for source in graph.sources.values() | selectattr('schema', 'equalto', 'landing') %}
    {{ adapter.dispatch('landing_view')(source.identifier) }}
    {%- endfor %}
  {%- endif -%}
{% endmacro %}

{% macro default__landing_view(name) %}
    {#- The folder is a path, not a pattern: what a glob would read as one is put in brackets. -#}
    {%- set folder = var('landing') | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') | replace("'", "''") -%}
    create or replace view landing.{{ name }} as
    select * from read_parquet('{{ folder }}/{{ name }}/year={{ var('year') }}/rows.parquet', hive_partitioning = true,
      hive_types = {'year': integer});
{% endmacro %}
