{#- How models are built on DuckDB: in single statements, where the stock ones build aside and rename. That is
    three times as fast for many small models, and no table is ever altered. Other engines use the stock ones. -#}

{% materialization view, adapter='duckdb' %}
  {%- set target = this.incorporate(type='view') -%}
  {% call statement('main') %}
    create or replace view {{ target }} as ({{ sql }})
  {% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization table, adapter='duckdb' %}
  {%- set target = this.incorporate(type='table') -%}
  {% call statement('main') %}
    create or replace table {{ target }} as ({{ sql }})
  {% endcall %}
  {% do adapter.commit() %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- The rows of the run's year take the place of the former ones of that year, in one transaction. A table whose
    columns have changed is built anew around the rows of the other years. -#}
{% materialization incremental, adapter='duckdb' %}
  {%- set target = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {% if existing is none %}
    {% call statement('main') %}
      create table {{ target }} as ({{ sql }})
    {% endcall %}
  {% elif described(adapter.get_columns_in_relation(existing)) == described(get_column_schema_from_query(sql)) %}
    {% call statement('main') %}
      delete from {{ target }} where year = {{ var('year') }};
      insert into {{ target }} by name ({{ sql }});
    {% endcall %}
  {% else %}
    {% call statement('main') %}
      create or replace table {{ target }} as
      select * from ({{ sql }})
      union all by name
      select * from {{ target }} where year <> {{ var('year') }}
    {% endcall %}
  {% endif %}
  {% do adapter.commit() %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro described(columns) -%}
  {%- for column in columns | sort(attribute='name') %}{{ column.name }} {{ column.dtype }},{% endfor -%}
{%- endmacro %}
