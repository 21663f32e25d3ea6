{#- With which value of one indicator a unit would be in a better class, everybody measured anew (rulebook 8.3): the parts
    of int_lifts. Points and totals are whole numbers of the last decimal of a score.
#}

{#- What share of the weight a value of zero or more earns (5.4) among any max, mean and min. Where figures are nearly
    equal, the share hardly differs on either side; where it jumps, at the maximum or the mean, the callers keep clear. -#}
{% macro share_among(value, max, mean, min) -%}
  case
            when {{ value }} >= {{ max }} then best
            when {{ value }} >= {{ mean }} then {{ share_between(value, mean, max, 'better', 'best') }}
            when {{ mean }} <= {{ min }} or ({{ value }} = 0 and zero_earns_none) then 0
            else greatest({{ share_between(value, min, mean, 'ordinary', 'better') }}, 0)
        end
{%- endmacro %}

{#- The standards between which those of each of some cells lie. It is not known whose value it is, nor therefore what
    the others have. -#}
{% macro standards_within(cells) -%}
  select
        *,
        greatest(top, from_value) as least_max,
        greatest(top, to_value) as greatest_max,
        case when from_value > 0 then least(smallest, from_value) else smallest end as least_min,
        case when cell = -2 then smallest else next_smallest end as greatest_min,
        -- Whoever is nearly at the mean is at it.
        from_mean * (1 - 1e-8) as least_mean,
        to_mean * (1 + 1e-8) as greatest_mean
    from (
        select
            {{ all_but(['from_mean', 'to_mean']) }},
            coalesce(
                from_mean,
                least((sum - least(top, from_value) + from_value) / n, (sum + from_value) / (n + 1))
            ) as from_mean,
            coalesce(to_mean, (sum + to_value) / n) as to_mean
        from {{ cells }}
    ) as cells
{%- endmacro %}

{#- Between which totals a rival stays, while the unit's value is in a cell or a part of one. -#}
{% macro bounds() -%}
  {{ bound('least_max', 'least_mean', 'greatest_mean', 'least_min', beyond=2) }} as highest,
        {{ bound('greatest_max', 'greatest_mean', 'least_mean', 'greatest_min', beyond=-2) }} as lowest
{%- endmacro %}

{#- Between which totals the last of so many places is taken, and how many are left by those who are always above. -#}
{% macro border(places) -%}
  {{ nth('sorted.highest', places) }} as border_highest,
        {{ nth('sorted.lowest', places) }} as border_lowest,
        cast({{ places }} - {{ how_many('sorted.lowest', 'total', 'total > border_highest') }} as integer) as places_left
{%- endmacro %}

{#- The total of a rival by standards between which those of a cell lie, rounded to `beyond` it. The higher the standards
    are, the less a value earns; but zero earns more by a higher mean. -#}
{% macro bound(max, mean, mean_for_zero, min, beyond) -%}
  cast(round(case
            when value > 0 then weight * {{ share_among('value', max, mean, min) }}
            when takes_part then weight * {{ share_among('value', max, mean_for_zero, min) }}
            else points
        end + rest) as integer) + {{ beyond }}
{%- endmacro %}

{#- The share of a value, the unit's own or a rival's, when the value of the unit is `x`. -#}
{% macro share_with(value, x) -%}
  {{ share_among(
      value,
      'greatest(others_max, ' ~ x ~ ')',
      '((others_sum + ' ~ x ~ ') / (others_n + 1))',
      'case when ' ~ x ~ ' > 0 then least(others_min, ' ~ x ~ ') else others_min end',
  ) }}
{%- endmacro %}

{#- The points for a share of the weight, rounded as `rounded` does. -#}
{% macro points_for(share) -%}
  cast(round(cast({{ share }} * weight as decimal(18, 6))) as double)
{%- endmacro %}

{#- The points of the rival of a pair when the value of the unit is `x`. -#}
{% macro rival_points_with(x) -%}
  case when rival_moves then {{ points_for(share_with('rival_value', x)) }} else rival_points end
{%- endmacro %}

{#- How far a share lies between the coefficients of two tiers. -#}
{% macro part(points, coefficient_from, coefficient_to) -%}
  (({{ points }} / weight - {{ coefficient_from }}) / ({{ coefficient_to }} - {{ coefficient_from }}))
{%- endmacro %}

{#- The least value, up to the maximum, with which a unit has so many points; the value is part of the mean. -#}
{% macro value_for(points) -%}
  {%- set to_best = part(points, 'better', 'best') -%}
  {%- set to_better = part(points, 'ordinary', 'better') -%}
  case
            when {{ points }} >= better * weight
                then ({{ to_best }} * others_max + (1 - {{ to_best }}) * others_sum / (others_n + 1))
                / (1 - (1 - {{ to_best }}) / (others_n + 1))
            when {{ points }} > ordinary * weight
                then ((1 - {{ to_better }}) * lower_end + {{ to_better }} * others_sum / (others_n + 1))
                / (1 - {{ to_better }} / (others_n + 1))
            else 0
        end
{%- endmacro %}

{#- The value of the unit of a pair with which the rival has so many points: it is the smallest of all below `others_min`
    (cell -1), the greatest above `others_max` (1 and more). -#}
{% macro value_where_rival_has(points) -%}
  {%- set to_best = part(points, 'better', 'best') -%}
  {%- set to_better = part(points, 'ordinary', 'better') -%}
  case
            when {{ points }} > best * weight then 0
            when {{ points }} < 0 and rival_value = 0 then case when cell > 0 then 0 end
            when {{ points }} >= better * weight and cell > 0
                then (rival_value - (1 - {{ to_best }}) * others_sum / (others_n + 1))
                / ({{ to_best }} + (1 - {{ to_best }}) / (others_n + 1))
            when {{ points }} >= better * weight
                then (rival_value - {{ to_best }} * others_max) / (1 - {{ to_best }}) * (others_n + 1) - others_sum
            when cell < 0
                then (rival_value - {{ to_better }} * others_sum / (others_n + 1))
                / (1 - {{ to_better }} + {{ to_better }} / (others_n + 1))
            when ({{ points }} > ordinary * weight) = (rival_value > 0)
                then (
                    others_min * case when rival_value = others_min then 1 + 2e-9 else 1 end
                    + (rival_value - others_min) / {{ to_better }}
                ) * (others_n + 1) - others_sum
        end
{%- endmacro %}

{#- A unit and a rival in each of the parts of cells where their places are in question. -#}
{% macro pairs(cells) -%}
  (
        select
            sought.{{ all_but(['course', 'rest']) }},
            sought.rest as own_rest,
            rivals.{{ all_but(['course', 'cell', 'part']) }}
        from sought
        inner join rivals
            on sought.course = rivals.course and sought.cell = rivals.cell and sought.part = rivals.part
        where {{ cells }} and coalesce(rivals.highest >= sought.own_total, true)
    ) as pairs
{%- endmacro %}

{#- Whether the rival of a pair is above the unit when the value of that is `x`. -#}
{% macro is_above(x) -%}
  ({{ rival_points_with(x) }} + rival_rest > {{ points_for(share_with(x, x)) }} + own_rest)
{%- endmacro %}

{#- The least value, up to the maximum, with which a unit has so many whole points. It is rounded by its first
    six decimals: a tenth of their last is more than doubles err by. -#}
{% macro reach_points(points) -%}
  greatest(low, {{ value_for('(' ~ points ~ ' - 0.5000004)') }})
{%- endmacro %}

{#- The value with which the unit of a pair has as much as the rival with so many points. -#}
{% macro reach(points) -%}
  {{ reach_points('(' ~ points ~ ' + rival_rest - own_rest)') }}
{%- endmacro %}

{#- The value with which the rival of a pair falls to so many points. -#}
{% macro falls_to(points) -%}
  {{ value_where_rival_has('(' ~ points ~ ' + 0.4999994)') }}
{%- endmacro %}

{#- The value, from from_value to to_value, with which the unit of a pair has so many points more than the rival, which is
    at zero and rises with the mean. -#}
{% macro value_ahead(points) -%}
  {%- set middle = '((from_value + to_value) / 2)' -%}
  {%- set lead = '(' ~ points ~ ' / weight)' -%}
  {%- set others_lack = '(others_n * others_max - others_sum)' -%}
  case
            when (others_n + 1) * others_min * better / ordinary - others_sum >= {{ middle }} then {{ value_for(points) }}
            when others_sum / others_n >= {{ middle }}
                then {{ lead }} / (better - ordinary) * (others_sum / (others_n + 1) - others_min)
                / (1 - {{ lead }} / (better - ordinary) / (others_n + 1))
            else (others_n + 1) * {{ root(
                lead ~ ' - (better - ordinary) + (best - better) * others_n',
                '(best - better) * ' ~ others_lack,
                '(better - ordinary) * others_min',
                'above_before',
            ) }} - others_sum
        end
{%- endmacro %}

{#- The mean between others_min and others_max at which `of_max` / (others_max - mean) + `of_min` / (mean - others_min) is
    `sum`: of the two that there are the greater where `greater` holds, else the smaller. -#}
{% macro root(sum, of_max, of_min, greater) -%}
  {%- set middle = '((' ~ sum ~ ') * (others_min + others_max) - (' ~ of_max ~ ' - ' ~ of_min ~ '))' -%}
  (({{ middle }} + case when {{ greater }} then 1 else -1 end * sqrt(greatest(
                pow({{ middle }}, 2) - 4 * ({{ sum }})
                * (({{ sum }}) * others_min * others_max - ({{ of_max }}) * others_min + ({{ of_min }}) * others_max),
                0
            ))) / nullif(2 * ({{ sum }}), 0))
{%- endmacro %}
