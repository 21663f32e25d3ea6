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

{#- A list of figures that are named. -#}
{% macro list_of(figures) -%}
  {{ return(adapter.dispatch('list_of')(figures)) }}
{%- endmacro %}

{% macro default__list_of(figures) -%}
  [{{ figures | join(', ') }}]
{%- endmacro %}

{#- The figures of a group that fulfil a condition; an empty list where there are none. -#}
{% macro list_where(figure, condition) -%}
  {{ return(adapter.dispatch('list_where')(figure, condition)) }}
{%- endmacro %}

{% macro default__list_where(figure, condition) -%}
  coalesce(list({{ figure }}) filter (where {{ condition }}), [])
{%- endmacro %}

{#- Whole numbers from the first to the last; none where the last is below. -#}
{% macro numbers(first, last) -%}
  {{ return(adapter.dispatch('numbers')(first, last)) }}
{%- endmacro %}

{% macro default__numbers(first, last) -%}
  range({{ first }}, {{ last }} + 1)
{%- endmacro %}

{#- A list from the smallest to the greatest. -#}
{% macro in_order(list) -%}
  {{ return(adapter.dispatch('in_order')(list)) }}
{%- endmacro %}

{% macro default__in_order(list) -%}
  list_sort({{ list }})
{%- endmacro %}

{#- Those of a list, each called `name`, that fulfil a condition. -#}
{% macro those(list, name, condition) -%}
  {{ return(adapter.dispatch('those')(list, name, condition)) }}
{%- endmacro %}

{% macro default__those(list, name, condition) -%}
  list_filter({{ list }}, lambda {{ name }}: {{ condition }})
{%- endmacro %}

{#- A figure of each of a list, called `name`. -#}
{% macro of_each(list, name, figure) -%}
  {{ return(adapter.dispatch('of_each')(list, name, figure)) }}
{%- endmacro %}

{% macro default__of_each(list, name, figure) -%}
  list_transform({{ list }}, lambda {{ name }}: {{ figure }})
{%- endmacro %}

{#- How many there are in a list. -#}
{% macro length(list) -%}
  {{ return(adapter.dispatch('length')(list)) }}
{%- endmacro %}

{% macro default__length(list) -%}
  len({{ list }})
{%- endmacro %}

{#- How many of a list, each called `name`, fulfil a condition. -#}
{% macro how_many(list, name, condition) -%}
  {{ length(those(list, name, condition)) }}
{%- endmacro %}

{#- The least of a list; null where it is empty. -#}
{% macro least_of(list) -%}
  {{ return(adapter.dispatch('least_of')(list)) }}
{%- endmacro %}

{% macro default__least_of(list) -%}
  list_min({{ list }})
{%- endmacro %}

{#- The first of a list, so many at most. -#}
{% macro first_of(list, count) -%}
  {{ return(adapter.dispatch('first_of')(list, count)) }}
{%- endmacro %}

{% macro default__first_of(list, count) -%}
  {{ list }}[:{{ count }}]
{%- endmacro %}

{#- A row for each of a list. -#}
{% macro each(list) -%}
  {{ return(adapter.dispatch('each')(list)) }}
{%- endmacro %}

{% macro default__each(list) -%}
  unnest({{ list }})
{%- endmacro %}

{#- Written behind the `as` of a query that several read: it is computed once, where the engine can be told so. -#}
{% macro materialized() -%}
  {{ return(adapter.dispatch('materialized')()) }}
{%- endmacro %}

{% macro default__materialized() -%}
  materialized
{%- endmacro %}

{#- Of a query that must run through, and be held nowhere. -#}
{% macro not_materialized() -%}
  {{ return(adapter.dispatch('not_materialized')()) }}
{%- endmacro %}

{% macro default__not_materialized() -%}
  not materialized
{%- endmacro %}
