{#- How often the cells above the maximum are divided in four, and how often a bracket is halved: to 1e-9 of itself. -#}
{%- set divisions, halvings = 1, 34 -%}

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
        parameters.zero_value,
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
groups as (
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
        borders.year,
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
        items.weight,
        items.value,
        coalesce(items.value >= 0, false) as takes_part,
        -- Whole numbers of the last decimal.
        round(items.score * method.last_decimals) as points,
        round((borders.total_score - items.score) * method.last_decimals) as rest,
        dense_rank() over (order by borders.county_code, items.indicator) as race,
        row_number() over (order by borders.county_code, items.indicator, borders.uscc) as row_no
    from borders
    inner join class_borders on borders.county_code = class_borders.county_code
    inner join items on borders.uscc = items.code and borders.county_code = items.county_code
    cross join method
    where items.weight > 0
),

-- Where nobody else has a positive value, no rival has points to lose, and any value is the maximum already.
wanted as materialized (
    select
        placed.*,
        groups.n - case when takes_part then 1 else 0 end as others_n,
        groups.sum - case when takes_part then placed.value else 0 end as others_sum,
        groups.greatest_two[case when takes_part and placed.value = groups.greatest_two[1] then 2 else 1 end]
            as others_max,
        groups.smallest_two[case when placed.value > 0 and placed.value = groups.smallest_two[1] then 2 else 1 end]
            as others_min,
        placed.rest + placed.weight * method.best * method.last_decimals as greatest_total
    from placed
    inner join groups on placed.group_code = groups.group_code and placed.indicator = groups.indicator
    cross join method
    where placed.places > 0 and others_min is not null
),

-- The values that a unit may have, in cells: none above zero (-2), below the smallest positive one (-1), up to the
-- maximum (0), and above it from power to power of four, until nothing moves a last decimal.
cells as (
    select
        groups.group_code,
        groups.indicator,
        groups.n,
        groups.sum,
        groups.greatest_two[1] as top,
        groups.smallest_two[1] as smallest,
        coalesce(groups.smallest_two[2], groups.smallest_two[1]) as next_smallest,
        step,
        step between 1 and last_step - 1 as divisible,
        case
            when step = -2 then 0
            when step = -1 then smallest * 1e-6
            when step = 0 then smallest
            else top * power(4, step - 1)
        end as from_value,
        case
            when step = -2 then 0
            when step = -1 then smallest
            when step = last_step then (sum + top) * 1e9
            else top * power(4, step)
        end as to_value
    from (select *, cast(9 + ceil(ln(n) / ln(4)) as integer) as last_step from groups) as groups
    cross join range(-2, 40) as steps(step)
    where smallest is not null and step <= last_step
),

in_cells as (
    select
        placed.row_no,
        placed.race,
        placed.value,
        placed.takes_part,
        placed.points,
        placed.rest,
        placed.weight,
        cells.step,
        {{ standards_of_cell() }}
    from placed
    inner join cells on placed.group_code = cells.group_code and placed.indicator = cells.indicator
),

bounded as (
    select
        row_no,
        race,
        step,
        {{ bounds() }}
    from in_cells
    cross join method
),

ordered as materialized (
    select
        *,
        row_number() over (partition by race, step order by highest desc) as highest_place,
        row_number() over (partition by race, step order by lowest desc) as lowest_place
    from bounded
),

cuts as (
    select distinct
        race,
        places
    from wanted
),

-- Between which totals the last of these places is taken, wherever in the cell the value lies.
borders_of_cells as (
    select
        ordered.race,
        ordered.step,
        cuts.places,
        max(case when highest_place = cuts.places then highest end) as border_highest,
        max(case when lowest_place = cuts.places then lowest end) as border_lowest
    from ordered
    inner join cuts
        on ordered.race = cuts.race and (ordered.highest_place = cuts.places or ordered.lowest_place = cuts.places)
    group by ordered.race, ordered.step, cuts.places
),

-- Rivals whose place, before or after the border, is not the same wherever in the cell the value lies; places_left is
-- what those who stay above it leave.
apart as (
    select
        ordered.row_no,
        borders_of_cells.*,
        lowest > border_highest as stays_above,
        borders_of_cells.places - count_if(lowest > border_highest) over (
            partition by borders_of_cells.race, borders_of_cells.step, borders_of_cells.places
        ) as places_left
    from ordered
    inner join borders_of_cells
        on ordered.race = borders_of_cells.race
        and ordered.step = borders_of_cells.step
        and ordered.highest >= borders_of_cells.border_lowest
),

near_0 as materialized (
    select
        apart.* exclude (stays_above),
        placed.value,
        placed.takes_part,
        placed.points,
        placed.rest,
        placed.weight,
        cells.* exclude (group_code, indicator, step),
        apart.step * cast(power(4, {{ divisions }}) as integer) as parent,
        apart.step * cast(power(4, {{ divisions }}) as integer) as cell
    from apart
    inner join placed on apart.row_no = placed.row_no
    inner join cells
        on placed.group_code = cells.group_code
        and placed.indicator = cells.indicator
        and apart.step = cells.step
    where not apart.stays_above
),

units_0 as materialized (
    {{ in_question('near_0', 'wanted') }}
),

{% for division in range(1, divisions + 1) %}
{%- set before = division - 1 -%}
divided_{{ division }} as (
    {{ divided('near_' ~ before, 'units_' ~ before, 4 ** (divisions - division)) }}
),

near_{{ division }} as materialized (
    {{ nearest('divided_' ~ division) }}
),

units_{{ division }} as materialized (
    {{ in_question('near_' ~ division, 'units_' ~ before) }}
),

{% endfor -%}
pairs as (
    select
        units.row_no,
        units.cell,
        near.places_left,
        greatest(near.from_value, units.value) as low,
        near.to_value as high,
        units.rest as own_rest,
        near.value as rival_value,
        near.rest as rival_rest,
        near.points as rival_points,
        near.takes_part as rival_takes_part,
        units.weight * method.last_decimals as weight,
        units.others_n,
        units.others_sum,
        units.others_max,
        units.others_min,
        method.* exclude (last_decimals)
    from units_{{ divisions }} as units
    inner join near_{{ divisions }} as near
        on units.race = near.race and units.places = near.places and units.cell = near.cell
    cross join method
),

at_ends as materialized (
    select
        *,
        {{ is_above('low') }} as above_at_low,
        {{ is_above('high') }} as above_at_high
    from pairs
),

crossings as (
    {%- set halving = namespace(of='(select * from at_ends where above_at_low <> above_at_high) as crossing') %}
    {%- for _ in range(halvings) %}{% set halving.of = halved(halving.of) %}{% endfor %}
    select * from {{ halving.of }}
),

-- How many rivals are above at the low end, and at which values one falls below or comes above.
changes as (
    select
        row_no,
        cell,
        any_value(places_left) as places_left,
        any_value(low) as value,
        count_if(above_at_low) as more_above
    from at_ends
    group by row_no, cell
    union all
    select
        row_no,
        cell,
        places_left,
        high as value,
        case when above_at_low then -1 else 1 end as more_above
    from crossings
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
        wanted.*,
        found.lifting_value
    from found
    inner join wanted on found.row_no = wanted.row_no
),

-- The shortest way is the one on which the value has to rise least, in proportion.
final as (
    select
        reached.year,
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
)

select * from final
