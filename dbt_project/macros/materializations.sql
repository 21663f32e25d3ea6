{#- How models are built on DuckDB: in single statements, where the stock ones build aside, rename and drop
    (docs/decisions/0003). What dbt promises of a model holds here too: hooks, contracts, indexes, comments,
    `--full-refresh`. Other engines use the stock ones. -#}

{% materialization view, adapter='duckdb' %}
  {%- set target = this.incorporate(type='view') -%}
  {%- set existing = load_cached_relation(this) -%}
  {% do before_building(existing if existing and not existing.is_view else none) %}
  {% call statement('main') %}
    {{ sql_head() }}
    create or replace view {{ target }} as ({{ sql }})
  {% endcall %}
  {% do after_building(target) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization table, adapter='duckdb' %}
  {%- set target = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {% do before_building(existing if existing and existing.is_view else none) %}
  {%- set turns = turns_needed() -%}
  {% call statement('main') %}
    {{ sql_head() }}
    {% for turn in range(turns) %}
      {% if turns > 1 %}set variable turns = {{ turns }}; set variable turn = {{ turn }};{% endif %}
      {% if loop.first %}{{ create_or_replace_table(target) }}{% else %}insert into {{ target }} by name ({{ sql }}){% endif %};
    {% endfor %}
    {% if turns > 1 %}reset variable turns; reset variable turn;{% endif %}
  {% endcall %}
  {% do create_indexes(target) %}
  {% do after_building(target) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- In how many turns a table is built, so that what it takes is held for some counties or scenarios at a time: one for
    as many rows of a table as its `meta` says, {turns: {of: <model>, rows: <number>}}; else one. -#}
{% macro turns_needed() -%}
  {%- set turns = config.get('meta', {}).turns -%}
  {%- if turns -%}
    {%- set counted = this.incorporate(path={'identifier': turns.of}) -%}
    {{ return(1 + run_query('select count(*) from ' ~ counted).columns[0].values()[0] // turns.rows) }}
  {%- endif -%}
  {{ return(1) }}
{%- endmacro %}

{#- Whether it is the turn of a county, a scenario; always where there is one turn, as in the model's SQL by itself. -#}
{% macro in_turn(one) -%}
  {{ return(adapter.dispatch('in_turn')(one)) }}
{%- endmacro %}

{% macro default__in_turn(one) -%}
  coalesce(hash({{ one }}) % getvariable('turns') = getvariable('turn'), true)
{%- endmacro %}

{#- The rows of the year take the place of the former ones of that year, in one transaction. A table whose columns
    have changed is built anew around the rows of the other years; with `--full-refresh`, without them. -#}
{% materialization incremental, adapter='duckdb' %}
  {%- set target = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set anew = existing is none or existing.is_view or should_full_refresh() -%}
  {% do before_building(existing if existing and existing.is_view else none) %}
  {% call statement('main') %}
    {{ sql_head() }}
    {% if anew %}
      {{ create_or_replace_table(target) }}
    {% elif described(adapter.get_columns_in_relation(existing)) == described(get_column_schema_from_query(sql)) %}
      delete from {{ target }} where year = {{ year() }};
      insert into {{ target }} by name ({{ sql }});
    {% elif config.get('contract').enforced or config.get('on_schema_change') == 'fail' %}
      {{ exceptions.raise_compiler_error('The columns of ' ~ this ~ ' have changed: build it with --full-refresh.') }}
    {% else %}
      create or replace table {{ target }} as
      select * from ({{ sql }})
      union all by name
      select * from {{ target }} where year <> {{ year() }}
    {% endif %}
  {% endcall %}
  {% if anew %}{% do create_indexes(target) %}{% endif %}
  {% do after_building(target) %}
  {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- What comes before the statement. `in_the_way`: a relation of that name and another type, or none. -#}
{% macro before_building(in_the_way) %}
  {% do run_hooks(pre_hooks, inside_transaction=False) %}
  {% do run_hooks(pre_hooks, inside_transaction=True) %}
  {% if in_the_way %}{% do adapter.drop_relation(in_the_way) %}{% endif %}
{% endmacro %}

{% macro after_building(target) %}
  {% do persist_docs(target, model) %}
  {% do run_hooks(post_hooks, inside_transaction=True) %}
  {% do adapter.commit() %}
  {% do run_hooks(post_hooks, inside_transaction=False) %}
{% endmacro %}

{% macro sql_head() -%}
  {%- if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif -%}
  {{ config.get('sql_header') or '' }}
{%- endmacro %}

{% macro create_or_replace_table(target) -%}
  create or replace table {{ target }}
  {%- if config.get('contract').enforced %}
    {{ get_table_columns_and_constraints() }};
    insert into {{ target }} {{ get_column_names() }} ({{ get_select_subquery(sql) }});
  {%- else %}
    as ({{ sql }})
  {%- endif %}
{%- endmacro %}

{% macro described(columns) -%}
  {%- for column in columns | sort(attribute='name') %}{{ column.name }} {{ column.dtype }},{% endfor -%}
{%- endmacro %}
