{#- Into how many cells the values from the maximum on are divided, and how often a meeting point is approached. -#}
{%- set cells_above, rounds = 12, 8 -%}

with borders as (
    select * from {{ ref('int_borders') }}
),

items as (
    select * from {{ ref('int_items') }}
    where level = 'enterprise'
),

coefficients as (
    {{ tier_coefficients() }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

method as materialized (
    select
        coefficients.*,
        parameters.zero_value = 'zero' as zero_earns_none,
        power(10, parameters.score_decimals) as last_decimals
    from coefficients
    cross join parameters
),

positions as (
    select * from {{ source('landing', 'policy_indicators') }}
),

class_borders as (
    select * from {{ ref('int_class_borders') }}
),

-- Of each group two of the greatest and two of the smallest positive values: one of them is another's.
groups as materialized (
    select
        group_code,
        indicator,
        count(value) as n,
        {{ total('value') }} as sum,
        max(value, 2) as greatest_two,
        min(value, 2) filter (where value > 0) as smallest_two
    from items
    where value >= 0
    group by group_code, indicator
),

placed as materialized (
    select
        borders.county_code,
        borders.uscc,
        -- How many places there are in the class above and better.
        case
            when borders.rank > class_borders.last_c then class_borders.last_c
            when borders.rank > class_borders.last_b then class_borders.last_b
            when borders.rank > class_borders.last_a then class_borders.last_a
        end as places,
        items.group_code,
        items.indicator,
        items.value,
        coalesce(items.value >= 0, false) as takes_part,
        coalesce(items.value > 0 or (items.value = 0 and not method.zero_earns_none), false) as moves,
        items.weight * method.last_decimals as weight,
        cast(round(items.score * method.last_decimals) as integer) as points,
        cast(round((borders.total_score - items.score) * method.last_decimals) as integer) as rest,
        cast(dense_rank() over (order by borders.county_code, items.indicator) as integer) as race,
        cast(row_number() over (order by borders.county_code, items.indicator) as integer) as row_no
    from borders
    inner join class_borders on borders.county_code = class_borders.county_code
    inner join items on borders.uscc = items.code and borders.county_code = items.county_code
    cross join method
    where items.weight > 0
),

-- Where nobody else has a positive value, no rival has points to lose, and any value is the maximum already.
wanted as materialized (
    select
        placed.row_no,
        placed.race,
        placed.places,
        placed.value,
        placed.takes_part,
        placed.rest,
        placed.weight,
        groups.n - case when takes_part then 1 else 0 end as others_n,
        groups.sum - case when takes_part then placed.value else 0 end as others_sum,
        groups.greatest_two[case when takes_part and placed.value = groups.greatest_two[1] then 2 else 1 end]
            as others_max,
        groups.smallest_two[case when placed.value > 0 and placed.value = groups.smallest_two[1] then 2 else 1 end]
            as others_min,
        -- From where on the unit is not the smallest, or is above the mean all the same.
        least(others_min, others_sum / others_n) as lower_end,
        placed.rest + placed.weight * method.best as greatest_total,
        method.* exclude (last_decimals)
    from placed
    inner join groups on placed.group_code = groups.group_code and placed.indicator = groups.indicator
    cross join method
    where placed.places > 0 and others_min is not null
),

races as (
    select
        race,
        any_value(group_code) as group_code,
        any_value(indicator) as indicator
    from placed
    where race in (select race from wanted)
    group by race
),

-- The values that a unit may have, in cells: zero (-2), below the smallest positive one (-1), up to the maximum (0),
-- and above it, until next to nothing moves a last decimal.
cells as materialized (
    select
        races.race,
        cell,
        n,
        sum,
        greatest_two[1] as top,
        smallest_two[1] as smallest,
        coalesce(smallest_two[2], smallest) as next_smallest,
        -- What is not nearly equal: to the maximum; where all are, to their mean.
        top * (1 + 1e-9 * case when smallest = top then n + 1 else 2 end) as above_top,
        -- Up to where it is the value itself, and not only the mean with it, that the rivals fall by.
        10 * (1 + sum / top) as reach_above,
        case
            when cell = -2 then 0
            when cell = -1 then smallest * 1e-6
            when cell = 0 then greatest(smallest * 1e-6, least(smallest, (sum - top) / n))
            else above_top * power(reach_above, (cell - 1) / {{ cells_above }})
        end as from_value,
        case
            when cell = -2 then 0
            when cell = -1 then next_smallest
            when cell <= {{ cells_above }} then above_top * power(reach_above, cell / {{ cells_above }})
            else (sum + top) * 1e9
        end as to_value
    from races
    inner join groups on races.group_code = groups.group_code and races.indicator = groups.indicator
    cross join range(-2, {{ cells_above + 2 }}) as cells(cell)
),

-- It is not known whose value it is, nor therefore what the others have.
standards as (
    select
        *,
        greatest(top, from_value) as least_max,
        greatest(top, to_value) as greatest_max,
        least((sum - least(top, from_value) + from_value) / n, (sum + from_value) / (n + 1)) as least_mean,
        (sum + to_value) / n as greatest_mean,
        case when from_value > 0 then least(smallest, from_value) else smallest end as least_min,
        case when cell = -2 then smallest else next_smallest end as greatest_min
    from cells
),

bounds as materialized (
    select
        placed.row_no,
        placed.race,
        standards.cell,
        {{ bound('least_max', 'least_mean', 'greatest_mean', 'least_min', beyond=2) }} as highest,
        {{ bound('greatest_max', 'greatest_mean', 'least_mean', 'greatest_min', beyond=-2) }} as lowest
    from placed
    inner join standards on placed.race = standards.race
    cross join method
),

-- Between which totals the last of the places is taken, wherever in the cell the value lies, and how many places are
-- left by those who are always above that.
sorted as (
    select
        race,
        cell,
        list_reverse_sort(list(highest)) as highest,
        list_reverse_sort(list(lowest)) as lowest
    from bounds
    group by race, cell
),

bordered as materialized (
    select
        sorted.race,
        sorted.cell,
        placings.places,
        sorted.highest[placings.places] as border_highest,
        sorted.lowest[placings.places] as border_lowest,
        placings.places - len(list_filter(sorted.lowest, lambda total: total > border_highest)) as places_left
    from sorted
    inner join (select distinct race, places from wanted) as placings on sorted.race = placings.race
),

-- The first cell in which the class of a unit must become better is the last that it has to be sought in: from the
-- maximum on, it has the whole weight.
reachable as materialized (
    select
        bordered.*,
        cells.from_value,
        cells.to_value,
        min(case when bordered.cell >= 0 then border_highest end) over (
            partition by bordered.race, bordered.places
            order by bordered.cell
            rows between unbounded preceding and 1 preceding
        ) as surely
    from bordered
    inner join cells on bordered.race = cells.race and bordered.cell = cells.cell
),

in_question as (
    select
        wanted.*,
        reachable.* exclude (race, places),
        -- Which is the same in the whole cell, but up to the maximum; the least positive value earns the least share.
        case
            when reachable.cell > 0 then wanted.greatest_total
            when reachable.cell = -1 then wanted.rest + {{ points_for('ordinary') }}
        end as own_total
    from wanted
    inner join reachable on wanted.race = reachable.race and wanted.places = reachable.places
    where
        wanted.greatest_total >= reachable.border_lowest
        and coalesce(wanted.greatest_total < reachable.surely, true)
        and case reachable.cell
            when -2 then not wanted.takes_part
            when -1 then coalesce(wanted.value < wanted.lower_end, true)
            when 0 then coalesce(wanted.value < wanted.others_max, true)
            else true
        end
),

sought as materialized (
    select
        * exclude (value, takes_part, border_lowest, border_highest, surely, from_value, to_value, greatest_total),
        case
            when cell = 0 then greatest(value, lower_end, {{ value_for('(border_lowest - rest - 1)') }})
            else greatest(value, from_value)
        end as low,
        case
            when cell = -1 then lower_end
            when cell = 0 then least(others_max, {{ value_for('(border_highest - rest + 1)') }})
            else to_value
        end as high
    from in_question
    where low <= high and coalesce(own_total >= border_lowest, true)
),

-- Those whose place, before or after the border, is not the same wherever in the cell the value lies.
rivals as materialized (
    select
        bounds.race,
        bounds.cell,
        bordered.places,
        bounds.highest,
        placed.value as rival_value,
        placed.moves as rival_moves,
        placed.points as rival_points,
        placed.rest as rival_rest
    from bounds
    inner join bordered on bounds.race = bordered.race and bounds.cell = bordered.cell
    inner join placed on bounds.row_no = placed.row_no
    where bounds.highest >= bordered.border_lowest and bounds.lowest <= bordered.border_highest
),

-- Up to the maximum both move. A rival is taken to have so many points as now; those that it is found to have with the
-- value that the unit then needs lie on the other side of those at which the two meet, which are at least `fewest` and
-- at most `most`. The secant leads there; now and then the middle, should it not. A rival at zero rises instead, with the
-- mean, and is found on the same side.
met_0 as (
    select
        *,
        cast(rival_points as double) as met,
        weight as most,
        cast(0 as double) as fewest,
        cast(null as double) as met_before,
        cast(null as double) as found_before
    from {{ pairs('sought.cell = 0 and sought.low < sought.high') }}
),
{% for round in range(1, rounds + 1) %}
met_{{ round }} as (
    select
        * exclude (found, tried)
            replace (
                met as met_before,
                found as found_before,
                {%- if round % 3 %}
                greatest(fewest, least(most, met + sign(found - met) * ceil(abs(found - met) / (
                    1 + greatest(coalesce((found_before - found) / nullif(met - met_before, 0), 0), -0.9)
                )))) as met
                {%- else %}
                round((fewest + most) / 2) as met
                {%- endif %}
            )
    from (
        select
            *
                replace (
                    case
                        when rival_value > 0 then least(most, greatest(met, found))
                        when found <= met then least(most, found)
                        else most
                    end as most,
                    case
                        when rival_value > 0 then greatest(fewest, least(met, found))
                        when found > met then greatest(fewest, found)
                        else fewest
                    end as fewest
                )
        from (
            select *, {{ rival_points_with('tried') }} as found
            from (select *, {{ reach('met') }} as tried from met_{{ round - 1 }}) as tried
        ) as found
    ) as narrowed
),
{% endfor %}
crossings as materialized (
    select
        row_no,
        cell,
        places_left,
        low,
        high,
        value,
        value > low as above_at_low,
        -1 as more_above
    from (
        select
            *,
            -- Either the unit reaches the greater number of points, or the rival falls to the smaller.
            case
                when rival_value > 0
                    then least({{ reach('most') }}, greatest({{ reach('fewest') }}, {{ falls_to('fewest') }}))
                else {{ reach('most') }}
            end as value
        from met_{{ rounds }}
    ) as met
    union all by name
    -- Elsewhere only the rival moves.
    select
        row_no,
        cell,
        places_left,
        low,
        high,
        value,
        case
            when not rival_moves then rival_points + rival_rest > own_total
            when cell > 0 and rival_value = 0 then coalesce(value <= low, false)
            else coalesce(value > low, true)
        end as above_at_low,
        case when cell > 0 and rival_value = 0 then 1 else -1 end as more_above
    from (
        select
            *,
            case when rival_moves then {{ falls_to('(own_total - rival_rest)') }} end as value
        from {{ pairs('sought.cell not in (-2, 0)') }}
    ) as falling
    union all by name
    select
        row_no,
        cell,
        places_left,
        low,
        high,
        {{ rival_points_with('low') }} + rival_rest > {{ points_for(share_with('low', 'low')) }} + own_rest
            as above_at_low
    from {{ pairs('sought.low = sought.high') }}
),

-- How many rivals are above at the low end, and at which values one falls below or comes above.
changes as (
    select
        row_no,
        cell,
        places_left,
        low as value,
        count_if(above_at_low) as more_above
    from (
        select row_no, cell, places_left, low, above_at_low from crossings
        union all
        select row_no, cell, places_left, low, false from sought
    ) as at_low
    group by row_no, cell, places_left, low
    union all by name
    select row_no, cell, places_left, value, more_above from crossings
    where value > low and value <= high
),

above as (
    select
        *,
        sum(more_above) over (partition by row_no, cell order by value) as rivals_above
    from changes
),

found as (
    select
        row_no,
        min(value) as lifting_value
    from above
    where rivals_above < places_left
    group by row_no
),

reached as (
    select
        placed.*,
        found.lifting_value
    from found
    inner join placed on found.row_no = placed.row_no
),

-- The shortest way is the one on which the value has to rise least, in proportion.
final as (
    select
        parameters.year,
        reached.county_code,
        reached.uscc,
        reached.indicator,
        reached.lifting_value,
        row_number() over (
            partition by reached.county_code, reached.uscc
            order by case when reached.value > 0 then reached.lifting_value / reached.value end nulls last,
                positions.position
        ) as preference
    from reached
    inner join positions on reached.indicator = positions.indicator
    cross join parameters
)

select * from final
