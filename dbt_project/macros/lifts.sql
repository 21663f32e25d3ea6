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

{#- The standards that there can be when somebody's value lies in a cell of a group, from from_value to to_value, beside
    the mean: as it is not known whose, it is not known either what the others have. -#}
{% macro standards_of_cell() -%}
  greatest(top, from_value) as least_max,
        greatest(top, to_value) as greatest_max,
        case when from_value > 0 then least(smallest, from_value) else smallest end as least_min,
        case when from_value >= smallest then next_smallest else smallest end as greatest_min
{%- endmacro %}

{#- The least mean that there can be then, and the greatest. -#}
{% macro least_mean_of_cell() -%}
  least((sum - least(top, from_value) + from_value) / n, (sum + from_value) / (n + 1))
{%- endmacro %}

{% macro greatest_mean_of_cell() -%}
  (sum + to_value) / n
{%- endmacro %}

{#- The greatest and the smallest total of a rival by such standards: highest and lowest. The higher they are, the less a
    value earns; but zero earns more by a higher mean. Two of the last decimal are those of rounding. -#}
{% macro bounds() -%}
  case
            when value > 0 then weight * {{ share_among('value', 'least_max', 'least_mean', 'least_min', nearly=false) }}
            when takes_part
                then weight * {{ share_among('value', 'least_max', 'greatest_mean', 'least_min', nearly=false) }}
            else points
        end + rest + 2 as highest,
        case
            when value > 0
                then weight * {{ share_among('value', 'greatest_max', 'greatest_mean', 'greatest_min', nearly=false) }}
            when takes_part
                then weight * {{ share_among('value', 'greatest_max', 'least_mean', 'greatest_min', nearly=false) }}
            else points
        end + rest - 2 as lowest
{%- endmacro %}

{#- Of each of `cells`, a cell of a race for so many places: between which totals the last of the places is taken,
    wherever in the cell the value lies, and how many places are left by those who are always above that. `bounds`
    are those of each rival, by the `keys` of a cell. -#}
{% macro with_borders(cells, bounds, keys) -%}
  select
        * exclude (highest, lowest)
            replace (places_left - len(list_filter(lowest, lambda total: total > border_highest)) as places_left)
    from (
        select
            cells.*,
            sorted.highest,
            sorted.lowest,
            sorted.highest[cells.places_left] as border_highest,
            sorted.lowest[cells.places_left] as border_lowest
        from {{ cells }} as cells
        inner join (
            select
                {{ keys | join(', ') }},
                list_reverse_sort(list(highest)) as highest,
                list_reverse_sort(list(lowest)) as lowest
            from {{ bounds }}
            group by {{ keys | join(', ') }}
        ) as sorted
            on {% for key in keys %}cells.{{ key }} = sorted.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
    ) as bordered
{%- endmacro %}

{#- Those of the rivals in `bounds` whose place, before or after the border, is not the same wherever in the cell the
    value lies. -#}
{% macro near_the_border(cells, bounds, keys) -%}
  select
        cells.race,
        cells.places,
        cells.cell,
        cells.places_left,
        bounds.row_no
    from {{ bounds }} as bounds
    inner join {{ cells }} as cells
        on {% for key in keys %}bounds.{{ key }} = cells.{{ key }} and {% endfor -%}
        bounds.highest >= cells.border_lowest and bounds.lowest <= cells.border_highest
{%- endmacro %}

{#- The cells in which some unit's value is sought, each in parts where it can be divided: up to the maximum by the mean,
    above it by the value. The cells of a part are `width` apart. -#}
{% macro divided(cells, units, parts, width) -%}
  select
        * exclude (from_part, to_part)
            replace (
                case when step > 0 then {{ least_mean_of_cell() }} else least_mean end as least_mean,
                case when step > 0 then {{ greatest_mean_of_cell() }} else greatest_mean end as greatest_mean
            )
    from (
        select
            *
                replace (
                    case when step > 0 then from_value * power(to_value / from_value, from_part) else from_value end
                        as from_value,
                    case when step > 0 then from_value * power(to_value / from_value, to_part) else to_value end
                        as to_value,
                    least_mean + (greatest_mean - least_mean) * from_part as least_mean,
                    least_mean + (greatest_mean - least_mean) * to_part as greatest_mean
                )
        from (
            select
                cells.* exclude (border_highest, border_lowest) replace (cell as parent, cell + part * {{ width }} as cell),
                case when divisible then part / {{ parts }} else 0 end as from_part,
                case when divisible then (part + 1) / {{ parts }} else 1 end as to_part
            from {{ cells }} as cells
            cross join range(0, {{ parts }}) as parts(part)
            where
                (divisible or part = 0)
                and (race, places, cell) in (select (race, places, cell) from {{ units }})
        ) as parted
    ) as parted
{%- endmacro %}

{#- The value that earns so many points, up to the maximum; it is part of the mean. -#}
{% macro value_for(points) -%}
  {%- set share = '(' ~ points ~ ' / weight)' -%}
  {%- set to_best = '((' ~ share ~ ' - better) / (best - better))' -%}
  {%- set to_better = '((' ~ share ~ ' - ordinary) / (better - ordinary))' -%}
  case
            when {{ share }} >= better
                then ({{ to_best }} * others_max + (1 - {{ to_best }}) * others_sum / (others_n + 1))
                / (1 - (1 - {{ to_best }}) / (others_n + 1))
            when {{ share }} > ordinary
                then ((1 - {{ to_better }}) * others_min + {{ to_better }} * others_sum / (others_n + 1))
                / (1 - {{ to_better }} / (others_n + 1))
            else 0
        end
{%- endmacro %}

{#- The value of a unit, above the maximum, with which a rival earns so many points. -#}
{% macro value_where_rival_has(points) -%}
  {%- set share = '(' ~ points ~ ' / weight)' -%}
  {%- set to_best = '((' ~ share ~ ' - better) / (best - better))' -%}
  {%- set to_better = '((' ~ share ~ ' - ordinary) / (better - ordinary))' -%}
  case
            when {{ share }} >= better
                then (rival_value - (1 - {{ to_best }}) * others_sum / (others_n + 1))
                / ({{ to_best }} + (1 - {{ to_best }}) / (others_n + 1))
            else (others_min + (rival_value - others_min) / {{ to_better }}) * (others_n + 1) - others_sum
        end
{%- endmacro %}

{#- In which cells the class of each of `units` can become better, and between which values (low, high) there: from the
    first cell in which it may, up to the first above the maximum in which it must, since there the unit has the whole
    weight. -#}
{% macro in_question(units, cells, within='') -%}
  select * exclude (border_lowest, border_highest)
    from (
        select
            sought.*
                replace (
                    case when step = 0 then greatest(low, {{ value_for('(border_lowest - rest)') }}) else low end as low,
                    case when step = 0 then least(high, {{ value_for('(border_highest - rest)') }}) else high end as high
                )
    from (
        select
            units.* {%- if within %} exclude (cell, step, low, high){% endif %},
            cells.cell,
            cells.step,
            cells.border_lowest,
            cells.border_highest,
            {%- if within %}
            case
                when cells.step = 0
                    then greatest(units.low, cells.least_mean * (units.others_n + 1) - units.others_sum)
                else greatest(units.low, cells.from_value)
            end as low,
            case
                when cells.step = 0
                    then least(units.high, cells.greatest_mean * (units.others_n + 1) - units.others_sum)
                else least(units.high, cells.to_value)
            end as high
            {%- else %}
            greatest(cells.from_value, units.value) as low,
            cells.to_value as high
            {%- endif %}
        from {{ units }} as units
        cross join method
        inner join {{ cells }} as cells
            on units.race = cells.race
            and units.places = cells.places
            {%- if within %}
            and units.cell = cells.parent
            {%- endif %}
        where
            -- The least positive value of all earns no more than the least share.
            case when cells.step = -1 then units.rest + units.weight * method.ordinary + 1 else units.greatest_total end
            >= cells.border_lowest
            {%- if not within %}
            and case
                when cells.step = -2 then not units.takes_part
                when cells.step = -1 then coalesce(units.value <= 0, true)
                else coalesce(units.value < cells.to_value, true)
            end
            {%- endif %}
        qualify cells.cell <= coalesce(
            min(cells.cell) filter (
                where cells.step >= {{ 1 if within else 0 }} and units.greatest_total >= cells.border_highest
            ) over (partition by units.row_no),
            cells.cell
        )
    ) as sought
    cross join method
    where sought.low <= sought.high
    ) as sought
    where low <= high
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

{#- The points of the rival of a pair then, and whether it is above the unit. -#}
{% macro points_of_rival(x) -%}
  case when rival_takes_part then {{ whole_points(share_with('rival_value', x)) }} else rival_points end
{%- endmacro %}

{% macro is_above(x) -%}
  ({{ points_of_rival(x) }} + rival_rest > {{ whole_points(share_with(x, x)) }} + own_rest)
{%- endmacro %}

{#- The points for a share, in whole numbers of the last decimal, in which the weight is too; rounded as `rounded`. -#}
{% macro whole_points(share) -%}
  round(cast({{ share }} * weight as decimal(18, 6)))
{%- endmacro %}

{#- The bracket (low, high) of each of `pairs` in 16 parts, and of these the one in which the rival changes places. -#}
{% macro narrowed(pairs) -%}
  (
        select
            * exclude (ends, passed)
                replace (
                    case when passed > 0 then ends[passed] else low end as low,
                    case when passed < 15 then ends[passed + 1] else high end as high
                )
        from (
            select
                *,
                len(list_filter(ends, lambda tried: {{ is_above('tried') }} = above_at_low)) as passed
            from (
                select *, list_transform(range(1, 16), lambda part: low * power(high / low, part / 16)) as ends
                from {{ pairs }}
            ) as divided
        ) as tried
    ) as narrowed
{%- endmacro %}
