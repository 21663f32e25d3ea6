{#- Why a total moved since last year (docs/decisions/0011): the change is shared out by the Shapley value, over the
    scores that there would be if only some of what decides them were this year's. -#}

{#- What decides an item score: the figures of the unit but land, its land, the standards of its group, the weights of
    the method with its tiers and decisions. -#}
{% macro parts_of_score() -%}
  {{ return(['own_figures', 'land', 'standards', 'weights']) }}
{%- endmacro %}

{% macro factorial(number) -%}
  {%- set product = namespace(of=1) -%}
  {%- for factor in range(1, number + 1) %}{% set product.of = product.of * factor %}{% endfor -%}
  {{ return(product.of) }}
{%- endmacro %}

{#- All choices of some of `things`, none and all among them. -#}
{% macro choices(things) -%}
  {%- set found = namespace(of=[[]]) -%}
  {%- for thing in things -%}
    {%- set with = [] -%}
    {%- for choice in found.of %}{% do with.append(choice + [thing]) %}{% endfor -%}
    {%- set found.of = found.of + with -%}
  {%- endfor -%}
  {{ return(found.of) }}
{%- endmacro %}

{#- Every way in which some parts are this year's and the others last year's, as `new_<part>`; and by which factor the
    score that there would be counts in the share of each part, as `in_<part>`, of which the factorial of the number of
    parts makes one. Where land, or the method, changes nothing (`by_land`, `by_weights`), its share is zero whatever
    else is new: it is then as new as the own figures, and the ways are half as many. #}
{% macro coalitions() -%}
  {%- set parts = parts_of_score() -%}
  {%- set rows = [] -%}
  {%- for changing in choices(['land', 'weights']) -%}
    {%- set players = parts | reject('in', ['land', 'weights'] | reject('in', changing) | list) | list -%}
    {%- set whole = factorial(parts | length) // factorial(players | length) -%}
    {%- for new in choices(players) -%}
      {%- set columns = [('land' in changing) ~ ' as by_land', ('weights' in changing) ~ ' as by_weights'] -%}
      {%- set old = players | length - new | length -%}
      {%- for part in parts -%}
        {%- set factor = 0 if part not in players
            else whole * factorial(new | length - 1) * factorial(old) if part in new
            else -whole * factorial(new | length) * factorial(old - 1) -%}
        {%- do columns.extend([
            ((part if part in players else 'own_figures') in new) ~ ' as new_' ~ part, factor ~ ' as in_' ~ part,
        ]) -%}
      {%- endfor -%}
      {%- do rows.append('    select ' ~ columns | join(', ')) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ rows | join('\n    union all\n') }}
{%- endmacro %}

{#- One more for a part that was rounded down: what was lost in rounding goes to those that lost most (`rest_<part>`, of
    which `whole` make one), of equal ones to the first. -#}
{% macro of_the_rest(part, parts, whole) -%}
  case
                when
                    {%- for other in parts if other != part %}
                    {%- set before = '>=' if parts.index(other) < parts.index(part) else '>' %}
                    case when rest_{{ other }} {{ before }} rest_{{ part }} then 1 else 0 end
                    {{- ' +' if not loop.last }}
                    {%- endfor %}
                    < (rest_{{ parts | join(' + rest_') }}) / {{ whole }}
                    then 1
                else 0
            end
{%- endmacro %}
