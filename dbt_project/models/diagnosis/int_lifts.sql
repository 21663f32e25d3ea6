{#- How often cells are divided, and in how many parts; how often a bracket is cut in 16: to 1e-9 of itself. -#}
{%- set divisions, parts, cuts = 2, 8, 9 -%}

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
        items.value,
        coalesce(items.value >= 0, false) as takes_part,
        -- Whole numbers of the last decimal.
        items.weight * method.last_decimals as weight,
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
        placed.rest + placed.weight * method.best as greatest_total
    from placed
    inner join groups on placed.group_code = groups.group_code and placed.indicator = groups.indicator
    cross join method
    where placed.places > 0 and others_min is not null
),

races as (
    select distinct
        wanted.race,
        wanted.places,
        placed.group_code,
        placed.indicator
    from wanted
    inner join placed on wanted.row_no = placed.row_no
),

-- The values that a unit may have, in cells: none above zero (-2), below the smallest positive one (-1), up to the
-- maximum (0), and above it from power to power of 64, until next to nothing moves a last decimal.
steps as (
    select
        races.race,
        races.places,
        races.places as places_left,
        groups.n,
        groups.sum,
        groups.greatest_two[1] as top,
        groups.smallest_two[1] as smallest,
        coalesce(groups.smallest_two[2], groups.smallest_two[1]) as next_smallest,
        steps.step,
        steps.step * {{ parts ** divisions }} as cell,
        steps.step between 0 and groups.last_step - 1 as divisible,
        case
            when step = -2 then 0
            when step = -1 then smallest * 1e-6
            when step = 0 then smallest
            else top * power(64, step - 1)
        end as from_value,
        case
            when step = -2 then 0
            when step = -1 then smallest
            when step = last_step then (sum + top) * 1e9
            else top * power(64, step)
        end as to_value
    from races
    inner join (select *, cast(3 + ceil(ln(n) / ln(64)) as integer) as last_step from groups) as groups
        on races.group_code = groups.group_code and races.indicator = groups.indicator
    cross join range(-2, 20) as steps(step)
    where step <= last_step
),

cells_0 as materialized (
    select
        *,
        cell as parent,
        {{ least_mean_of_cell() }} as least_mean,
        {{ greatest_mean_of_cell() }} as greatest_mean
    from steps
),

bounds_0 as materialized (
    select
        placed.row_no,
        placed.race,
        cells.cell,
        {{ bounds() }}
    from placed
    inner join (
        select distinct on (race, cell)
            race,
            cell,
            least_mean,
            greatest_mean,
            {{ standards_of_cell() }}
        from cells_0
    ) as cells on placed.race = cells.race
    cross join method
),

{% for division in range(divisions + 1) %}
{%- set before = division - 1 -%}
{%- set keys = ['race', 'places', 'cell'] if division else ['race', 'cell'] -%}
{% if division -%}
cells_{{ division }} as materialized (
    {{ divided('bordered_' ~ before, 'units_' ~ before, parts, parts ** (divisions - division)) }}
),

bounds_{{ division }} as materialized (
    select
        rivals.row_no,
        cells.race,
        cells.places,
        cells.cell,
        {{ bounds() }}
    from rivals_{{ before }} as rivals
    inner join (select *, {{ standards_of_cell() }} from cells_{{ division }}) as cells
        on rivals.race = cells.race and rivals.places = cells.places and rivals.cell = cells.parent
    cross join method
),

{% endif -%}
bordered_{{ division }} as materialized (
    {{ with_borders('cells_' ~ division, 'bounds_' ~ division, keys) }}
),

near_{{ division }} as materialized (
    {{ near_the_border('bordered_' ~ division, 'bounds_' ~ division, keys) }}
),

rivals_{{ division }} as materialized (
    select
        near.*,
        placed.value,
        placed.takes_part,
        placed.points,
        placed.rest,
        placed.weight
    from near_{{ division }} as near
    inner join placed on near.row_no = placed.row_no
),

units_{{ division }} as materialized (
    {{ in_question('units_' ~ before if division else 'wanted', 'bordered_' ~ division, within=division) }}
),

{% endfor -%}
pairs as (
    select
        units.row_no,
        units.cell,
        units.step,
        rivals.places_left,
        units.low,
        units.high,
        units.rest as own_rest,
        rivals.value as rival_value,
        rivals.rest as rival_rest,
        rivals.points as rival_points,
        rivals.takes_part as rival_takes_part,
        units.weight,
        units.others_n,
        units.others_sum,
        units.others_max,
        units.others_min,
        method.* exclude (last_decimals)
    from units_{{ divisions }} as units
    inner join rivals_{{ divisions }} as rivals
        on units.race = rivals.race and units.places = rivals.places and units.cell = rivals.cell
    cross join method
),

at_ends as materialized (
    select
        *,
        {{ is_above('low') }} as above_at_low,
        {{ is_above('high') }} as above_at_high
    from pairs
),

-- Where a rival and the unit change places, a millionth of the last decimal on the far side of it: up to the maximum
-- when the unit has as many points as the rival has then, who loses next to nothing by it; above it when the rival
-- falls to the whole weight of the unit.
guessed as (
    select
        *,
        greatest(low, least(high, case
            when step = 0 then {{ value_for("(points_then + rival_rest - own_rest - 0.5 + 1e-6)") }}
            when step > 0
                then {{ value_where_rival_has("(" ~ whole_points('best') ~ " + own_rest - rival_rest + 0.5 - 1e-6)") }}
        end)) as guess
    from (
        select
            *,
            case when step = 0 then {{ points_of_rival('nearly') }} end as points_then
        from (
            select
                *,
                case
                    when step = 0
                        then {{ value_for("(" ~ points_of_rival('low') ~ " + rival_rest - own_rest - 0.5 + 1e-6)") }}
                end as nearly
            from at_ends
            where above_at_low <> above_at_high
        ) as tried
    ) as tried
),

tried as materialized (
    select
        * exclude (points_then, nearly),
        {{ is_above('guess') }} <> above_at_low and {{ is_above('(guess * (1 - 1e-9))') }} = above_at_low as is_exact
    from guessed
),

crossings as (
    select row_no, cell, places_left, above_at_low, guess as value from tried
    where is_exact
    union all by name
    {%- set cut = namespace(of='(select * from tried where is_exact is not true) as inexact') %}
    {%- for _ in range(cuts) %}{% set cut.of = narrowed(cut.of) %}{% endfor %}
    select row_no, cell, places_left, above_at_low, high * (1 + 1e-9) as value from {{ cut.of }}
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
    union all by name
    select
        row_no,
        cell,
        places_left,
        value,
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
        placed.*,
        found.lifting_value
    from found
    inner join placed on found.row_no = placed.row_no
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
