{#- What stands for any positive value: so much of the smallest of the others, or of the unit where there is none. -#}
{%- set next_to_nothing = 1e-6 -%}
{#- Into how many cells the values above the maximum are divided; how often cells are divided again, and into how many
    parts; how often a meeting point is approached by the secant, and how often, for those that have not come to it then,
    what is left is halved: enough for 131,072 last decimals, more than points jump by; how many values are tried where one
    alone is not known to be the least. -#}
{%- set cells_above, levels, pieces, rounds, more_rounds, candidates = 4, 2, 6, 2, 18, 8 -%}
{#- How steep a secant is followed: nearer to -1, at which it has no end, its step would be of any length. -#}
{%- set least_slope = -0.9 -%}

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

method as {{ materialized() }} (
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
groups as {{ materialized() }} (
    select
        group_code,
        indicator,
        count(value) as n,
        {{ total('value') }} as sum,
        {{ greatest_two('value') }} as greatest_two,
        {{ smallest_two('case when value > 0 then value end') }} as smallest_two
    from items
    where value >= 0
    group by group_code, indicator
),

placed as {{ materialized() }} (
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
    where items.weight > 0 and {{ in_turn('borders.county_code') }}
),

others as (
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
        {{ nth(
            'groups.greatest_two',
            'case when takes_part and placed.value = ' ~ nth('groups.greatest_two', 1) ~ ' then 2 else 1 end',
        ) }} as others_max,
        {{ nth(
            'groups.smallest_two',
            'case when placed.value > 0 and placed.value = ' ~ nth('groups.smallest_two', 1) ~ ' then 2 else 1 end',
        ) }} as others_min,
        placed.rest + placed.weight * method.best as greatest_total,
        method.{{ all_but(['last_decimals']) }}
    from placed
    inner join groups on placed.group_code = groups.group_code and placed.indicator = groups.indicator
    cross join method
    where placed.places > 0
),

wanted as {{ materialized() }} (
    select
        *,
        -- From where on the unit is not the smallest, or is at the mean all the same, as doubles tell.
        least(others_min, others_sum / others_n * (1 + 1e-12)) as lower_end,
        -- Whoever wants the same places, and is measured by the same smallest of the others.
        cast(dense_rank() over (order by race, places, others_min) as integer) as course
    from others
    where others_min is not null
),

courses as {{ materialized() }} (
    select distinct
        course,
        race,
        places,
        others_min
    from wanted
),

races as (
    select
        race,
        any_value(group_code) as group_code,
        any_value(indicator) as indicator
    from placed
    where race in (select race from courses)
    group by race
),

-- The values that a unit may have, in cells: zero (-2), below the smallest positive one (-1), up to the maximum (0),
-- and above it, until next to nothing moves a last decimal.
cells as (
    select
        races.race,
        cell,
        n,
        sum,
        {{ nth('greatest_two', 1) }} as top,
        {{ nth('smallest_two', 1) }} as smallest,
        coalesce({{ nth('smallest_two', 2) }}, smallest) as next_smallest,
        -- What is not nearly equal: to the maximum; where all are, to their mean.
        top * (1 + 1e-9 * case when smallest = top then n + 1 else 2 end) as above_top,
        -- Up to where it is the value itself, and not only the mean with it, that the rivals fall by.
        10 * (1 + sum / top) as reach_above,
        case
            when cell = -2 then 0
            when cell = -1 then smallest * {{ next_to_nothing }}
            when cell = 0 then greatest(smallest * {{ next_to_nothing }}, least(smallest, (sum - top) / n))
            else above_top * power(reach_above, (cell - 1) / {{ cells_above }})
        end as from_value,
        case
            when cell = -2 then 0
            when cell = -1 then next_smallest
            when cell <= {{ cells_above }} then above_top * power(reach_above, cell / {{ cells_above }})
            else (sum + top) * 1e9
        end as to_value,
        cast(null as double) as from_mean,
        cast(null as double) as to_mean
    from races
    inner join groups on races.group_code = groups.group_code and races.indicator = groups.indicator
    cross join range(-2, {{ cells_above + 2 }}) as cells(cell)
),

standards as {{ materialized() }} (
    {{ standards_within('cells') }}
),

bounds as {{ materialized() }} (
    select
        placed.row_no,
        placed.race,
        standards.cell,
        {{ bounds() }}
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
        {{ from_the_greatest('highest') }} as highest,
        {{ from_the_greatest('lowest') }} as lowest
    from bounds
    group by race, cell
),

bordered as {{ materialized() }} (
    select
        courses.course,
        sorted.race,
        sorted.cell,
        {{ border('courses.places') }}
    from sorted
    inner join courses on sorted.race = courses.race
),

-- Those whose place, before or after the border, is not the same wherever in the cell the value lies.
near_0 as (
    select
        bordered.course,
        bordered.cell,
        0 as part,
        bordered.places_left,
        placed.{{ all_but(['row_no', 'race', 'places', 'county_code', 'uscc', 'group_code', 'indicator']) }}
    from bounds
    inner join bordered on bounds.race = bordered.race and bounds.cell = bordered.cell
    inner join placed on bounds.row_no = placed.row_no
    where bounds.highest >= bordered.border_lowest and bounds.lowest <= bordered.border_highest
),

parts_0 as (
    select
        courses.course,
        courses.others_min as smallest,
        courses.others_min as next_smallest,
        0 as part,
        -- With their margin: nobody's value lies before the first part, or beyond the last.
        standards.least_mean as from_mean,
        standards.greatest_mean as to_mean,
        standards.{{ all_but(['race', 'smallest', 'next_smallest', 'from_mean', 'to_mean']) }}
    from standards
    inner join courses on standards.race = courses.race
),

-- The first cell in which the class of a unit must become better is the last that it has to be sought in: from the
-- maximum on, it has the whole weight.
reachable as (
    select
        bordered.*,
        standards.from_value,
        standards.to_value,
        min(case when bordered.cell >= 0 then border_highest end) over (
            partition by bordered.course
            order by bordered.cell
            rows between unbounded preceding and 1 preceding
        ) as surely
    from bordered
    inner join standards on bordered.race = standards.race and bordered.cell = standards.cell
),

in_question as (
    select
        wanted.*,
        reachable.{{ all_but(['course', 'race']) }},
        -- Which is the same in the whole cell, but up to the maximum; the least positive value earns the least share.
        case
            when reachable.cell > 0 then wanted.greatest_total
            when reachable.cell = -1 then wanted.rest + {{ points_for('ordinary') }}
        end as own_total
    from wanted
    inner join reachable on wanted.course = reachable.course
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

sought_0 as {{ materialized() }} (
    select
        {{ all_but([
            'race', 'places', 'value', 'takes_part', 'border_lowest', 'border_highest', 'surely', 'from_value', 'to_value',
            'greatest_total',
        ]) }},
        0 as part,
        case when cell = 0 then greatest(value, lower_end) else greatest(value, from_value) end as low,
        case cell when -1 then lower_end when 0 then others_max else to_value end as high
    from in_question
    where coalesce(own_total >= border_lowest, true)
),

-- The same more closely, for those few alone who are near, in parts of the cells in which somebody is sought: up to the
-- maximum by the mean, above it by the value. What a unit is measured by is nearly known here, so that of a county of
-- any size a handful is left.
{% for level in range(1, levels + 1) %}
pieces_{{ level }} as (
    select
        parts.course,
        parts.cell,
        parts.part as whole,
        parts.part * {{ pieces }} + piece as part,
        parts.n,
        parts.sum,
        parts.top,
        parts.smallest,
        parts.next_smallest,
        case
            when parts.cell > 0 then parts.from_value * power(parts.to_value / parts.from_value, piece / {{ pieces }})
            else parts.from_value
        end as from_value,
        case
            when parts.cell > 0
                then parts.from_value * power(parts.to_value / parts.from_value, (piece + 1) / {{ pieces }})
            else parts.to_value
        end as to_value,
        case
            when parts.cell = 0 then parts.from_mean + (parts.to_mean - parts.from_mean) * (piece / {{ pieces }})
        end as from_mean,
        case
            when parts.cell = 0 then parts.from_mean + (parts.to_mean - parts.from_mean) * ((piece + 1) / {{ pieces }})
        end as to_mean
    from parts_{{ level - 1 }} as parts
    inner join (select distinct course, cell, part from sought_{{ level - 1 }}) as hit
        on parts.course = hit.course and parts.cell = hit.cell and parts.part = hit.part
    cross join range(0, {{ pieces }}) as pieces(piece)
    where parts.cell >= 0 or piece = 0
),

parts_{{ level }} as {{ materialized() }} (
    {{ standards_within('pieces_' ~ level) }}
),

bounds_{{ level }} as {{ materialized() }} (
    select
        near.{{ all_but(['part']) }},
        parts.part,
        {{ bounds() }}
    from near_{{ level - 1 }} as near
    inner join parts_{{ level }} as parts
        on near.course = parts.course and near.cell = parts.cell and near.part = parts.whole
    cross join method
),

bordered_{{ level }} as {{ materialized() }} (
    select
        course,
        cell,
        part,
        {{ border('sorted.places_left') }}
    from (
        select
            course,
            cell,
            part,
            places_left,
            {{ from_the_greatest('highest') }} as highest,
            {{ from_the_greatest('lowest') }} as lowest
        from bounds_{{ level }}
        group by course, cell, part, places_left
    ) as sorted
),

near_{{ level }} as {{ materialized() if level == levels }} (
    select
        near.{{ all_but(['places_left'] + (['highest', 'lowest'] if level < levels else [])) }},
        bordered.places_left
    from bounds_{{ level }} as near
    inner join bordered_{{ level }} as bordered
        on near.course = bordered.course and near.cell = bordered.cell and near.part = bordered.part
    where near.highest >= bordered.border_lowest and near.lowest <= bordered.border_highest
),

-- From which total on the class has become better before, at the latest.
reachable_{{ level }} as {{ materialized() }} (
    select
        bordered.*,
        parts.whole,
        parts.from_value,
        parts.to_value,
        parts.from_mean,
        parts.to_mean,
        case
            -- It has the whole weight all along.
            when bordered.cell > 0
                then min(case when bordered.cell > 0 then border_highest end) over (
                    partition by bordered.course
                    order by bordered.cell, bordered.part
                    rows between unbounded preceding and 1 preceding
                )
            -- Its points grow with the value: it is known at the end of the part before.
            when bordered.part - 1 = lag(bordered.part) over (parts_of_cell)
                then lag(border_highest) over (parts_of_cell)
        end as surely
    from bordered_{{ level }} as bordered
    inner join parts_{{ level }} as parts
        on bordered.course = parts.course and bordered.cell = parts.cell and bordered.part = parts.part
    window parts_of_cell as (partition by bordered.course, bordered.cell order by bordered.part)
),

sought_{{ level }} as {{ materialized() }} (
    select
        {{ all_but([
            'low', 'high', 'border_lowest', 'border_highest', 'surely', 'from_value', 'to_value',
            'least_value', 'greatest_value',
        ]) }},
        least_value as low,
        greatest_value as high
    from (
        select
            *,
            greatest(
                low,
                from_value,
                case when cell = 0 then least(others_max, {{ value_for('(border_lowest - rest - 1)') }}) else low end
            ) as least_value,
            least(
                high,
                to_value,
                case
                    when cell = 0 then greatest(low, from_value, {{ value_for('(border_highest - rest + 1)') }})
                    else high
                end
            ) as greatest_value
        from (
            select
                sought.{{ all_but(['part', 'places_left']) }},
                reachable.part,
                reachable.places_left,
                reachable.border_lowest,
                reachable.border_highest,
                reachable.surely,
                case
                    when sought.cell = 0 then reachable.from_mean * (sought.others_n + 1) - sought.others_sum
                    when sought.cell > 0 then reachable.from_value
                    else sought.low
                end as from_value,
                case
                    when sought.cell = 0 then reachable.to_mean * (sought.others_n + 1) - sought.others_sum
                    when sought.cell > 0 then reachable.to_value
                    else sought.high
                end as to_value
            from sought_{{ level - 1 }} as sought
            inner join reachable_{{ level }} as reachable
                on sought.course = reachable.course and sought.cell = reachable.cell and sought.part = reachable.whole
            where coalesce(sought.own_total >= reachable.border_lowest and sought.own_total < reachable.surely, true)
        ) as sought
        where
            from_value <= high
            and to_value >= low
            and (cell <> 0 or from_value <= low or coalesce(from_value <= {{ value_for('(surely - rest + 1)') }}, true))
    ) as sought
    where least_value <= greatest_value
),

{% endfor %}
rivals as (
    select
        course,
        cell,
        part,
        highest,
        lowest,
        value as rival_value,
        moves as rival_moves,
        moves and value = 0 as rises,
        points as rival_points,
        rest as rival_rest
    from near_{{ levels }}
),

sought as (
    select * from sought_{{ levels }}
),

-- Up to the maximum both move: the unit has the more points the greater its value, a rival the fewer, so that they
-- change places once. A rival is taken to have so many points; those that it is found to have with the value that the
-- unit then needs lie on the other side of those at which the two meet, which are at least `fewest` and at most
-- `most`. The secant leads there in a round or two; where the points jump, halving does.
met_0 as (
    select
        {{ all_but(['highest', 'lowest']) }},
        cast(least(highest - rival_rest, greatest(lowest - rival_rest, rival_points)) as double) as met,
        cast(highest - rival_rest as double) as most,
        cast(lowest - rival_rest as double) as fewest,
        cast(null as double) as met_before,
        cast(null as double) as found_before
    from {{ pairs('sought.cell = 0 and sought.low < sought.high and not rivals.rises') }}
),
{% for round in range(1, rounds + more_rounds + 1) %}
met_{{ round }} as {% if round == rounds %}{{ materialized() }} {% endif %}(
    select
        {{ all_but(['found', 'tried', 'met', 'met_before', 'found_before']) }},
        met as met_before,
        found as found_before,
        {%- if round <= rounds %}
        greatest(fewest, least(most, met + sign(found - met) * ceil(abs(found - met) / (
            1 + greatest(coalesce((found_before - found) / nullif(met - met_before, 0), 0), {{ least_slope }})
        )))) as met
        {%- else %}
        round((fewest + most) / 2) as met
        {%- endif %}
    from (
        select
            {{ all_but(['most', 'fewest']) }},
            least(most, greatest(met, found)) as most,
            greatest(fewest, least(met, found)) as fewest
        from (
            select *, {{ rival_points_with('tried') }} as found
            from (
                select *, {{ reach('met') }} as tried from met_{{ round - 1 }}
                {%- if round == rounds + 1 %}
                where most - fewest > 1
                {%- endif %}
            ) as tried
        ) as found
    ) as narrowed
),
{% endfor %}
met as (
    select * from met_{{ rounds }}
    where most - fewest <= 1
    union all
    select * from met_{{ rounds + more_rounds }}
),

-- A rival at zero has the more points the higher the mean. By how much the unit is before it rises or falls all
-- along, or falls and then rises, with the value: it turns where the rival begins to have points, where the unit comes
-- to the mean, and where both rise alike.
turns as (
    select
        *,
        {{ in_order(list_of([
            'low',
            'least(high, greatest(low, (others_n + 1) * others_min * better / ordinary - others_sum))',
            'least(high, greatest(low, others_sum / others_n))',
            'least(high, greatest(low, (others_n + 1) * (others_min + rise * others_max) / (1 + rise) - others_sum))',
            'high',
        ])) }} as ends
    from (
        select
            *,
            sqrt(
                (better - ordinary) * others_min / nullif((best - better) * (others_n * others_max - others_sum), 0)
            ) as rise
        from {{ pairs('sought.cell = 0 and sought.low < sought.high and rivals.rises') }}
    ) as rising
),

stretches as {{ materialized() }} (
    select
        {{ all_but(['ends']) }},
        {{ nth('ends', 'piece') }} as from_value,
        {{ nth('ends', 'piece + 1') }} as to_value,
        {{ is_above(nth('ends', 'piece')) }} as above_before,
        {{ is_above(nth('ends', 'piece + 1')) }} as above_after
    from turns
    cross join range(1, 5) as pieces(piece)
    where piece = 1 or {{ nth('ends', 'piece') }} < {{ nth('ends', 'piece + 1') }}
),

-- As both are rounded, they may change places more than once within a last decimal: the first time is sought among the
-- points that the unit may have there; what comes after is tried.
overtaken as (
    select
        *,
        case
            when above_before
                then coalesce(
                    {{ least_of(those(
                        of_each(
                            numbers(-4, 4), 'more',
                            'least(to_value, greatest(from_value, ' ~ reach_points('(points_then + more)') ~ '))',
                        ),
                        'tried', 'not ' ~ is_above('tried'),
                    )) }},
                    to_value
                )
            else guess
        end as value
    from (
        select
            *,
            {{ points_for(share_with('guess', 'guess')) }} as points_then
        from (
            select
                *,
                least(to_value, greatest(from_value, {{ value_ahead(
                    '(rival_rest - own_rest - case when above_before then 0 else 1 end)'
                ) }})) as guess
            from stretches
            where above_before <> above_after
        ) as guessed
    ) as guessed
),

crossings as (
    select
        row_no,
        cell,
        part,
        places_left,
        low,
        high,
        value,
        value > low as above_at_low,
        -1 as more_above,
        false as to_be_tried
    from (
        select
            *,
            -- Either the unit reaches the greater number of points, or the rival falls to the smaller.
            least({{ reach('most') }}, greatest({{ reach('fewest') }}, {{ falls_to('fewest') }})) as value
        from met
    ) as met
    union all
    select
        row_no,
        cell,
        part,
        places_left,
        low,
        high,
        value,
        false as above_at_low,
        case when above_before then -1 else 1 end as more_above,
        false as to_be_tried
    from overtaken
    union all
    select
        row_no,
        cell,
        part,
        places_left,
        low,
        high,
        cast(null as double) as value,
        above_before as above_at_low,
        cast(null as integer) as more_above,
        true as to_be_tried
    from stretches
    where piece = 1
    union all
    -- Elsewhere only the rival moves.
    select
        row_no,
        cell,
        part,
        places_left,
        low,
        high,
        value,
        case
            when not rival_moves then rival_points + rival_rest > own_total
            when cell > 0 and rises then coalesce(value <= low, false)
            else coalesce(value > low, true)
        end as above_at_low,
        case when cell > 0 and rises then 1 else -1 end as more_above,
        false as to_be_tried
    from (
        select
            *,
            case when rival_moves then {{ falls_to('(own_total - rival_rest)') }} end as value
        from {{ pairs('sought.cell not in (-2, 0)') }}
    ) as falling
    union all
    select
        row_no,
        cell,
        part,
        places_left,
        low,
        high,
        cast(null as double) as value,
        {{ is_above('low') }} as above_at_low,
        cast(null as integer) as more_above,
        false as to_be_tried
    from {{ pairs('sought.low = sought.high') }}
),

-- How many rivals are above at the low end, and at which values one falls below or comes above.
changes as (
    select
        row_no,
        cell,
        part,
        any_value(places_left) as places_left,
        any_value(low) as low,
        cast(count_if(above_at_low) as integer) as above_at_low,
        bool_or(to_be_tried) as to_be_tried,
        {{ in_order(list_where('value', 'more_above = -1 and value > low and value <= high')) }} as falls,
        {{ in_order(list_where('value', 'more_above = 1 and value > low and value <= high')) }} as comes
    from (
        select * from crossings
        union all
        select row_no, cell, part, places_left, low, high, null, false, null, false from sought
    ) as crossings
    group by row_no, cell, part
),

-- The class can become better at the low end, and where a rival falls; for each that comes above, one more has to.
promising as {{ materialized() }} (
    select
        row_no,
        cell,
        part,
        places_left,
        to_be_tried,
        {{ those(list_of(['low']), 'value', 'above_at_low < places_left') }}
        || {{ of_each(
            those(
                numbers(
                    'first_fall',
                    'least(' ~ length('falls') ~ ', first_fall + ' ~ length('comes') ~ ' + ' ~ candidates ~ ')',
                ),
                'place',
                'above_at_low - place + ' ~ how_many('comes', 'value', 'value <= ' ~ nth('falls', 'place'))
                ~ ' < places_left',
            ),
            'place', nth('falls', 'place'),
        ) }} as lifting_values
    from (select *, greatest(above_at_low - places_left, 0) + 1 as first_fall from changes) as changes
),

-- All at once, where the order within a last decimal is not known.
tried as (
    select
        promising.row_no,
        promising.value
    from (
        select distinct
            row_no,
            cell,
            part,
            places_left,
            {{ each(first_of('lifting_values', candidates)) }} as value
        from promising
        where to_be_tried
    ) as promising
    inner join {{ pairs('sought.cell = 0') }}
        on promising.row_no = pairs.row_no and promising.cell = pairs.cell and promising.part = pairs.part
    group by promising.row_no, promising.part, promising.value, promising.places_left
    having count_if({{ is_above('promising.value') }}) < promising.places_left
),

-- Where nobody has a positive value, any is the maximum, and earns the whole weight; nobody else has points.
firsts as (
    select
        placed.row_no,
        {{ next_to_nothing }} as value
    from placed
    left join groups on placed.group_code = groups.group_code and placed.indicator = groups.indicator
    inner join placed as rivals on placed.race = rivals.race
    cross join method
    where placed.places > 0 and {{ nth('groups.smallest_two', 1) }} is null
    group by placed.row_no, placed.places
    having count_if(rivals.points + rivals.rest > placed.rest + placed.weight * method.best) < placed.places
),

found as (
    select
        row_no,
        min(value) as lifting_value
    from (
        select row_no, value from tried
        union all
        select row_no, value from firsts
        union all
        select row_no, {{ nth('lifting_values', 1) }} from promising where not to_be_tried
    ) as lifting_values
    where value is not null
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
        cast(row_number() over (
            partition by reached.county_code, reached.uscc
            order by case when reached.value > 0 then reached.lifting_value / reached.value end nulls last,
                positions.position
        ) as bigint) as preference
    from reached
    inner join positions on reached.indicator = positions.indicator
    cross join parameters
)

select * from final
