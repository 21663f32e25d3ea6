{#- All that Spark says otherwise than DuckDB (docs/decisions/0012): the models are the same. -#}

{#- What is landed of the year is registered by whoever makes the session (orchestration/spark.py), as are its counts. -#}
{% macro spark__register_landing() %}{% endmacro %}

{% macro spark__landed(table) -%}
  select * from global_temp.{{ table }}
{%- endmacro %}

{% macro spark__required(value, name) -%}
  coalesce({{ value }}, raise_error('The landing of {{ year() }} has no {{ name }}. Run the year by mujun run.'))
{%- endmacro %}

{% macro spark__all_but(columns) -%}
  * except ({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__joined(text, separator, distinct=false) -%}
  string_agg({{ 'distinct ' if distinct }}{{ text }}, '{{ separator }}') within group (order by {{ text }})
{%- endmacro %}

{% macro spark__add_years(day, years) -%}
  add_months({{ day }}, 12 * {{ years }})
{%- endmacro %}

{#- A sequence would run backwards where there is no day between. -#}
{% macro spark__working_days_between(first, last) -%}
  case
            when datediff({{ last }}, {{ first }}) > 1
                then cast(size(
                    filter(sequence(date_add({{ first }}, 1), date_sub({{ last }}, 1)), day -> weekday(day) < 5)
                ) as bigint)
            else 0
        end
{%- endmacro %}

{#- Its own sum adds in the order in which rows arrive. -#}
{% macro spark__total(figure) -%}
  case when count({{ figure }}) > 0
        then aggregate(array_sort(collect_list({{ figure }})), cast(0 as double), (sum, next) -> sum + next) end
{%- endmacro %}

{% macro spark__from_the_greatest(figure) -%}
  sort_array(collect_list({{ figure }}), false)
{%- endmacro %}

{% macro spark__greatest_two(figure) -%}
  slice(sort_array(collect_list({{ figure }}), false), 1, 2)
{%- endmacro %}

{% macro spark__smallest_two(figure) -%}
  slice(sort_array(collect_list({{ figure }})), 1, 2)
{%- endmacro %}

{% macro spark__nth(list, place) -%}
  try_element_at({{ list }}, cast({{ place }} as integer))
{%- endmacro %}

{% macro spark__list_of(figures) -%}
  array({{ figures | join(', ') }})
{%- endmacro %}

{% macro spark__map_of(names, values) -%}
  map_from_arrays(array({{ names }}), array({{ values }}))
{%- endmacro %}

{% macro spark__list_where(figure, condition) -%}
  collect_list({{ figure }}) filter (where {{ condition }})
{%- endmacro %}

{#- A sequence would run backwards where there is none. -#}
{% macro spark__numbers(first, last) -%}
  filter(sequence({{ first }}, greatest({{ first }}, {{ last }})), number -> number <= {{ last }})
{%- endmacro %}

{% macro spark__in_order(list) -%}
  array_sort({{ list }})
{%- endmacro %}

{% macro spark__those(list, name, condition) -%}
  filter({{ list }}, {{ name }} -> {{ condition }})
{%- endmacro %}

{% macro spark__of_each(list, name, figure) -%}
  transform({{ list }}, {{ name }} -> {{ figure }})
{%- endmacro %}

{% macro spark__length(list) -%}
  size({{ list }})
{%- endmacro %}

{% macro spark__least_of(list) -%}
  array_min({{ list }})
{%- endmacro %}

{% macro spark__first_of(list, count) -%}
  slice({{ list }}, 1, {{ count }})
{%- endmacro %}

{% macro spark__each(list) -%}
  explode({{ list }})
{%- endmacro %}

{% macro spark__materialized() -%}
  /* kept */
{%- endmacro %}

{#- Which it never is of itself. -#}
{% macro spark__not_materialized() %}{% endmacro %}

{#- Spark divides the work itself. -#}
{% macro spark__in_turn(county_code) -%}
  true
{%- endmacro %}

{#- Whatever a model is, it becomes a table of the session, which is read back as Parquet: a view would be computed anew
    by each that reads it, and the other years are in the warehouse. -#}
{% materialization view, adapter='spark' %}
  {{ return(table_of_session()) }}
{% endmaterialization %}

{% materialization table, adapter='spark' %}
  {{ return(table_of_session()) }}
{% endmaterialization %}

{% materialization incremental, adapter='spark' %}
  {{ return(table_of_session()) }}
{% endmaterialization %}

{% macro table_of_session() %}
  {%- set target = this.incorporate(type='table') -%}
  {%- set query = with_tables_of_the_kept(sql) -%}
  {% call statement('main') %}
    create table {{ target }} as {{ query }}
  {% endcall %}
  {{ return({'relations': [target]}) }}
{% endmacro %}

{#- Spark computes a query behind `with` anew wherever it is read, and those that read each other multiply: what is
    `materialized` becomes a table too. Each begins on a line of its own and ends on one with nothing before the bracket. -#}
{% macro with_tables_of_the_kept(sql) %}
  {%- set rest = namespace(sql=sql) -%}
  {%- for name, body in modules.re.findall('(?ms)^(\\w+) as /\\* kept \\*/ (\\(.*?^\\))', sql) -%}
    {%- set table = this.schema ~ '.' ~ this.identifier ~ '__' ~ name -%}
    {%- set before, _, after = rest.sql.partition(name ~ ' as /* kept */ ' ~ body) -%}
    {%- do run_query('create table ' ~ table ~ ' as ' ~ before ~ name ~ ' as ' ~ body ~ ' select * from ' ~ name) -%}
    {%- set rest.sql = before ~ name ~ ' as (select * from ' ~ table ~ ')' ~ after -%}
  {%- endfor -%}
  {{ return(rest.sql) }}
{% endmacro %}
