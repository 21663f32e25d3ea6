{#- With which value of one indicator a unit would be in a better class, everybody measured anew (rulebook 8.3): the parts
    of int_lifts. Scores are whole numbers of their last decimal.
#}

{#- What share of the weight a value of zero or more earns (5.4) among any max, mean and min; of bounds it does not matter
    whether figures that are `nearly` equal are equal. -#}
{% macro share_among(value, max, mean, min, nearly=true) -%}
  case
            when {{ at_most(max, value) if nearly else value ~ ' >= ' ~ max }} then best
            when {{ at_most(mean, value) if nearly else value ~ ' >= ' ~ mean }}
                then {{ share_between(value, mean, max, 'better', 'best') }}
            when {{ at_most(mean, min) if nearly else mean ~ ' <= ' ~ min }} or ({{ value }} = 0 and zero_value = 'zero')
                then 0
            else greatest({{ share_between(value, min, mean, 'ordinary', 'better') }}, 0)
        end
{%- endmacro %}

{#- The standards that there can be when somebody's value lies in a cell of a group, from from_value to to_value. -#}
{% macro standards_of_cell() -%}
  greatest(top, from_value) as least_max,
        greatest(top, to_value) as greatest_max,
        least((sum - least(top, from_value) + from_value) / n, (sum + from_value) / (n + 1)) as least_mean,
        (sum + to_value) / n as greatest_mean,
        case when from_value > 0 then least(smallest, from_value) else smallest end as least_min,
        case when from_value >= smallest then next_smallest else smallest end as greatest_min
{%- endmacro %}

{#- The greatest and the smallest total of a rival by such standards: highest and lowest. The higher they are, the less a
    value earns; but zero earns more by a higher mean. Two of the last decimal are those of rounding. -#}
{% macro bounds() -%}
  case
            when value > 0 then weight * last_decimals * {{ share_among('value', 'least_max', 'least_mean', 'least_min', nearly=false) }}
            when takes_part
                then weight * last_decimals * {{ share_among('value', 'least_max', 'greatest_mean', 'least_min', nearly=false) }}
            else points
        end + rest + 2 as highest,
        case
            when value > 0
                then weight * last_decimals * {{ share_among('value', 'greatest_max', 'greatest_mean', 'greatest_min', nearly=false) }}
            when takes_part
                then weight * last_decimals * {{ share_among('value', 'greatest_max', 'least_mean', 'greatest_min', nearly=false) }}
            else points
        end + rest - 2 as lowest
{%- endmacro %}

{#- The cells of `near` in which some unit's value is sought, each in four where it can be divided. -#}
{% macro divided(near, units, width) -%}
  select
        near.* exclude (border_highest, border_lowest)
            replace (
                case when part > 0 then from_value * power(to_value / from_value, part / 4) else from_value end
                    as from_value,
                case
                    when divisible and part < 3 then from_value * power(to_value / from_value, (part + 1) / 4)
                    else to_value
                end as to_value,
                cell as parent,
                cell + part * {{ width }} as cell
            )
    from {{ near }} as near
    cross join range(0, 4) as parts(part)
    where
        (part = 0 or divisible)
        and (race, places, cell) in (select (race, places, cell) from {{ units }})
{%- endmacro %}

{#- Of rivals in `cells` those whose place, before or after the border, is not the same wherever in the cell the value
    lies; places_left is what those who stay above it leave. -#}
{% macro nearest(cells) -%}
  select
        * exclude (highest, lowest, stay_above)
            replace (places_left - stay_above as places_left)
    from (
        select
            *,
            count_if(lowest > border_highest) over (partition by race, places, cell) as stay_above
        from (
            select
                * exclude (highest_place, lowest_place),
                max(case when highest_place = places_left then highest end) over (partition by race, places, cell)
                    as border_highest,
                max(case when lowest_place = places_left then lowest end) over (partition by race, places, cell)
                    as border_lowest
            from (
                select
                    *,
                    row_number() over (partition by race, places, cell order by highest desc) as highest_place,
                    row_number() over (partition by race, places, cell order by lowest desc) as lowest_place
                from (
                    select
                        measured.*,
                        {{ bounds() }}
                    from (select *, {{ standards_of_cell() }} from {{ cells }}) as measured
                    cross join method
                ) as bounded
            ) as ordered
        ) as bordered
    ) as counted
    where highest >= border_lowest and lowest <= border_highest
{%- endmacro %}

{#- In which cells of `near` the class of each of `units` can become better: from the first in which it may, up to the
    first in which it must, since at the others' maximum and above the unit has the whole weight. -#}
{% macro in_question(near, units) -%}
  select
        units.* {%- if units != 'wanted' %} exclude (cell){% endif %},
        cells.cell
    from {{ units }} as units
    inner join (
        select distinct race, places, parent, cell, step, to_value, border_highest, border_lowest from {{ near }}
    ) as cells
        on units.race = cells.race
        and units.places = cells.places
        {%- if units != 'wanted' %}
        and units.cell = cells.parent
        {%- endif %}
    where
        units.greatest_total >= cells.border_lowest
        and case
            when cells.step = -2 then not units.takes_part
            when cells.step = -1 then coalesce(units.value <= 0, true)
            else coalesce(units.value < cells.to_value, true)
        end
    qualify cells.cell <= coalesce(
        min(cells.cell) filter (where cells.step >= 0 and units.greatest_total >= cells.border_highest)
            over (partition by units.row_no),
        cells.cell
    )
{%- endmacro %}

{#- Whether the rival of a pair is above the unit when the value of the unit is `x`. -#}
{% macro is_above(x) -%}
  {%- set max = 'greatest(others_max, ' ~ x ~ ')' -%}
  {%- set mean = '((others_sum + ' ~ x ~ ') / (others_n + 1))' -%}
  {%- set min = 'case when ' ~ x ~ ' > 0 then least(others_min, ' ~ x ~ ') else others_min end' -%}
  case
            when rival_takes_part then {{ whole_points(share_among('rival_value', max, mean, min)) }}
            else rival_points
        end + rival_rest > {{ whole_points(share_among(x, max, mean, min)) }} + own_rest
{%- endmacro %}

{#- The points for a share, in whole numbers of the last decimal, in which the weight is too; rounded as `rounded`. -#}
{% macro whole_points(share) -%}
  round(cast({{ share }} * weight as decimal(18, 6)))
{%- endmacro %}

{#- `pairs` with half the bracket from low to high, of which above_at_low says whether the rival is above at low. -#}
{% macro halved(pairs) -%}
  (
        select
            * exclude (tried, above_then)
                replace (
                    case when above_then = above_at_low then tried else low end as low,
                    case when above_then = above_at_low then high else tried end as high
                )
        from (
            select
                *,
                {{ is_above('tried') }} as above_then
            from (select *, sqrt(low * high) as tried from {{ pairs }}) as tries
        ) as judged
    ) as half
{%- endmacro %}
