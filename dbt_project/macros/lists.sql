{#- Lists, and what is kept of a query, which engines write differently. -#}

{#- The figures of a group in a list, the greatest first. -#}
{% macro from_the_greatest(figure) -%}
  {{ return(adapter.dispatch('from_the_greatest')(figure)) }}
{%- endmacro %}

{% macro default__from_the_greatest(figure) -%}
  list_reverse_sort(list({{ figure }}))
{%- endmacro %}

{#- The two greatest figures of a group, or as many as there are, the greatest first. -#}
{% macro greatest_two(figure) -%}
  {{ return(adapter.dispatch('greatest_two')(figure)) }}
{%- endmacro %}

{% macro default__greatest_two(figure) -%}
  max({{ figure }}, 2)
{%- endmacro %}

{#- The two smallest, the smallest first. -#}
{% macro smallest_two(figure) -%}
  {{ return(adapter.dispatch('smallest_two')(figure)) }}
{%- endmacro %}

{% macro default__smallest_two(figure) -%}
  min({{ figure }}, 2)
{%- endmacro %}

{#- What stands in a place of a list, counted from 1; null beyond its end. -#}
{% macro nth(list, place) -%}
  {{ return(adapter.dispatch('nth')(list, place)) }}
{%- endmacro %}

{% macro default__nth(list, place) -%}
  {{ list }}[{{ place }}]
{%- endmacro %}

{#- How many of a list, each called `name`, fulfil a condition. -#}
{% macro how_many(list, name, condition) -%}
  {{ return(adapter.dispatch('how_many')(list, name, condition)) }}
{%- endmacro %}

{% macro default__how_many(list, name, condition) -%}
  len(list_filter({{ list }}, lambda {{ name }}: {{ condition }}))
{%- endmacro %}

{#- Written behind the `as` of a query that several read: it is computed once, where the engine can be told so. -#}
{% macro materialized() -%}
  {{ return(adapter.dispatch('materialized')()) }}
{%- endmacro %}

{% macro default__materialized() -%}
  materialized
{%- endmacro %}
