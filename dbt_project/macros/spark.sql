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

{#- A sequence of days would run backwards where there is none between. -#}
{% macro spark__working_days_between(first, last) -%}
  case
            when datediff({{ last }}, {{ first }}) > 1
                then size(filter(sequence(date_add({{ first }}, 1), date_sub({{ last }}, 1)), day -> weekday(day) < 5))
            else 0
        end
{%- endmacro %}

{#- Its own sum adds in the order in which rows arrive. -#}
{% macro spark__total(figure) -%}
  case when count({{ figure }}) > 0
        then aggregate(array_sort(collect_list({{ figure }})), cast(0 as double), (sum, next) -> sum + next) end
{%- endmacro %}

{#- Whatever a model is, it becomes a table of the year, which is read back as Parquet: a view would be computed anew by
    each that reads it, and the other years are in the warehouse. -#}
{% materialization view, adapter='spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}

{% materialization incremental, adapter='spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}
