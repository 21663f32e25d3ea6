{#- What stands for any positive value: so much of the smallest of the others, or of the unit where there is none. -#}
{%- set next_to_nothing = 1e-6 -%}
{#- Into how many cells the values from the maximum on are divided; how often a meeting point is approached, by all and by
    those that have not come to it then; how many values are tried where one alone is not known to be the least. -#}
{%- set cells_above, rounds, more_rounds, candidates = 12, 3, 9, 8 -%}
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
        least(others_min, others_sum / others_n * (1 + 1e-12)) as lower_end
    from others
    where others_min is not null
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
cells as {{ materialized() }} (
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
        -- Whoever is nearly at the mean is at it.
        least((sum - least(top, from_value) + from_value) / n, (sum + from_value) / (n + 1)) * (1 - 1e-8) as least_mean,
        (sum + to_value) / n * (1 + 1e-8) as greatest_mean,
        case when from_value > 0 then least(smallest, from_value) else smallest end as least_min,
        case when cell = -2 then smallest else next_smallest end as greatest_min
    from cells
),

bounds as {{ materialized() }} (
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
        {{ from_the_greatest('highest') }} as highest,
        {{ from_the_greatest('lowest') }} as lowest
    from bounds
    group by race, cell
),

bordered as {{ materialized() }} (
    select
        sorted.race,
        sorted.cell,
        placings.places,
        {{ nth('sorted.highest', 'placings.places') }} as border_highest,
        {{ nth('sorted.lowest', 'placings.places') }} as border_lowest,
        cast(placings.places - {{ how_many('sorted.lowest', 'total', 'total > border_highest') }} as integer)
            as places_left
    from sorted
    inner join (select distinct race, places from wanted) as placings on sorted.race = placings.race
),

-- The first cell in which the class of a unit must become better is the last that it has to be sought in: from the
-- maximum on, it has the whole weight.
reachable as {{ materialized() }} (
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
        reachable.{{ all_but(['race', 'places']) }},
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

sought as {{ materialized() }} (
    select *
    from (
        select
            {{ all_but([
                'value', 'takes_part', 'border_lowest', 'border_highest', 'surely', 'from_value', 'to_value',
                'greatest_total',
            ]) }},
            case
                when cell = 0
                    then least(others_max, greatest(value, lower_end, {{ value_for('(border_lowest - rest - 1)') }}))
                else greatest(value, from_value)
            end as low,
            case
                when cell = -1 then lower_end
                when cell = 0 then least(others_max, greatest(low, {{ value_for('(border_highest - rest + 1)') }}))
                else to_value
            end as high
        from in_question
        where coalesce(own_total >= border_lowest, true)
    ) as bracketed
    where low <= high
),

-- Those whose place, before or after the border, is not the same wherever in the cell the value lies.
rivals as {{ materialized() }} (
    select
        bounds.race,
        bounds.cell,
        bordered.places,
        bounds.highest,
        placed.value as rival_value,
        placed.moves as rival_moves,
        placed.moves and placed.value = 0 as rises,
        placed.points as rival_points,
        placed.rest as rival_rest
    from bounds
    inner join bordered on bounds.race = bordered.race and bounds.cell = bordered.cell
    inner join placed on bounds.row_no = placed.row_no
    where bounds.highest >= bordered.border_lowest and bounds.lowest <= bordered.border_highest
),

-- Up to the maximum both move: the unit has the more points the greater its value, a rival the fewer, so that they
-- change places once. A rival is taken to have so many points as now; those that it is found to have with the
-- value that the unit then needs lie on the other side of those at which the two meet, which are at least `fewest` and
-- at most `most`. The secant leads there; now and then the middle, should it not; nearly all are there
-- in a few rounds.
met_0 as (
    select
        *,
        cast(rival_points as double) as met,
        weight as most,
        cast(0 as double) as fewest,
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
        {%- if round % 3 %}
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
        any_value(places_left) as places_left,
        any_value(low) as low,
        cast(count_if(above_at_low) as integer) as above_at_low,
        bool_or(to_be_tried) as to_be_tried,
        {{ in_order(list_where('value', 'more_above = -1 and value > low and value <= high')) }} as falls,
        {{ in_order(list_where('value', 'more_above = 1 and value > low and value <= high')) }} as comes
    from (
        select * from crossings
        union all
        select row_no, cell, places_left, low, high, null, false, null, false from sought
    ) as crossings
    group by row_no, cell
),

-- The class can become better at the low end, and where a rival falls; for each that comes above, one more has to.
promising as {{ materialized() }} (
    select
        row_no,
        cell,
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
            places_left,
            {{ each(first_of('lifting_values', candidates)) }} as value
        from promising
        where to_be_tried
    ) as promising
    inner join {{ pairs('sought.cell = 0') }}
        on promising.row_no = pairs.row_no and promising.cell = pairs.cell
    group by promising.row_no, promising.value, promising.places_left
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
