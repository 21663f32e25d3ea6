{#- How figures are compared and added (rulebook, opening paragraphs). Computation is in double precision. -#}

{#- Two figures are equal if they differ by less than 1e-9 of the larger. -#}
{% macro same(a, b) -%}
  ({{ a }} = {{ b }} or abs({{ a }} - {{ b }}) < 1e-9 * greatest(abs({{ a }}), abs({{ b }})))
{%- endmacro %}

{% macro at_most(a, b) -%}
  ({{ a }} <= {{ b }} or {{ same(a, b) }})
{%- endmacro %}

{% macro below(a, b) -%}
  ({{ a }} < {{ b }} and not {{ same(a, b) }})
{%- endmacro %}

{#- A ratio whose denominator is zero, negative or missing, or whose numerator is missing, is not computable
    (rulebook 3.5). -#}
{% macro ratio(numerator, denominator) -%}
  case when {{ denominator }} > 0 then {{ numerator }} / {{ denominator }} end
{%- endmacro %}

{#- The sum of a group, the same whatever the order its rows arrive in; null if it has none. On DuckDB by a sorted list:
    an aggregate with an order takes fifteen times as long where there are many small groups. -#}
{% macro total(figure) -%}
  {{ return(adapter.dispatch('total')(figure)) }}
{%- endmacro %}

{% macro default__total(figure) -%}
  list_sum(list_sort(list({{ figure }})))
{%- endmacro %}

{#- The texts of a group in their order, with a separator between. -#}
{% macro joined(text, separator, distinct=false) -%}
  {{ return(adapter.dispatch('joined')(text, separator, distinct)) }}
{%- endmacro %}

{% macro default__joined(text, separator, distinct=false) -%}
  {%- set texts = 'list(' ~ text ~ ')' -%}
  list_aggregate(list_sort({{ 'list_distinct(' ~ texts ~ ')' if distinct else texts }}), 'string_agg', '{{ separator }}')
{%- endmacro %}

{#- All columns but those that are named. -#}
{% macro all_but(columns) -%}
  {{ return(adapter.dispatch('all_but')(columns)) }}
{%- endmacro %}

{% macro default__all_but(columns) -%}
  * exclude ({{ columns | join(', ') }})
{%- endmacro %}

{#- A score, a total or a difference of them, half away from zero, without the noise of binary fractions: 27.25405 is
    rounded as written. In 64 bits, which hold a hundred million points; what is more is refused by the engine. -#}
{% macro rounded(figure, decimals) -%}
  cast(round(cast(({{ figure }}) * power(10, {{ decimals }}) as decimal(18, 6))) as double) / power(10, {{ decimals }})
{%- endmacro %}

{#- A rounded figure as a whole number of its last decimal, and back: what is added and divided so loses nothing. -#}
{% macro in_last_decimals(figure, decimals) -%}
  cast(round(({{ figure }}) * power(10, {{ decimals }})) as bigint)
{%- endmacro %}

{% macro of_last_decimals(number, decimals) -%}
  {{ number }} / power(10, {{ decimals }})
{%- endmacro %}

{#- A sum of money, zero where it is zero to the cent: taxes that cancel leave a trace in binary fractions,
    and a trace would be a smallest positive value. -#}
{% macro total_money(figure) -%}
  case when {{ in_yuan(total(figure)) }} = 0 then 0 else {{ total(figure) }} end
{%- endmacro %}

{#- Growth on the year before: in per cent, or in points where the method tells an indicator's growth so; null
    where last year's figure is not positive. -#}
{% macro growth(value, previous, unit) -%}
  case
    when {{ previous }} > 0 and {{ unit }} = 'point' then {{ value }} - {{ previous }}
    when {{ previous }} > 0 then ({{ value }} - {{ previous }}) / {{ previous }} * 100
  end
{%- endmacro %}
