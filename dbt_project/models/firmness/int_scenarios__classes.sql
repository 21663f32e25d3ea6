{%- set columns = [
    'year', 'level', 'county_code', 'code', 'region', 'group_code', 'indicator', 'because', 'tier', 'share',
] -%}
with scenarios as (
    select * from {{ ref('int_scenarios') }}
    where {{ in_turn('scenario') }}
),

weights as (
    select * from {{ ref('int_scenarios__weights') }}
),

measures as (
    select * from {{ ref('int_scenarios__measures') }}
    where {{ in_turn('scenario') }}
),

standards as (
    select * from {{ ref('int_scenarios__standards') }}
),

items as (
    select * from {{ ref('int_items') }}
    where level = 'enterprise'
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

-- All items as often as there are scenarios: they run through, and are nowhere held.
anew as {{ not_materialized() }} (
    {{ item_shares('measures', 'standards', 'scenarios', also=['scenario']) }}
),

shares as {{ not_materialized() }} (
    select
        scenario,
        {{ columns | join(', ') }}
    from anew
    union all
    select
        scenarios.scenario,
        items.{{ columns | join(', items.') }}
    from items
    inner join scenarios on not {{ placed_anew('items', 'scenarios') }}
),

weighted as {{ not_materialized() }} (
    select
        shares.*,
        weights.weight
    from shares
    inner join weights
        on shares.scenario = weights.scenario
        and shares.region = weights.region
        and shares.indicator = weights.indicator
),

points as (
    {{ points_of_shares('weighted', 'parameters', also=['scenario']) }}
),

-- Those who have a class, with bonus and deduction as they are.
classified as (
    select totals.*
    from {{ ref('int_totals') }} as totals
    inner join {{ ref('int_ranks') }} as ranks
        on totals.level = ranks.level
        and totals.county_code = ranks.county_code
        and totals.code = ranks.code
    where totals.level = 'enterprise'
),

totals as (
    {{ totals('points', 'classified', 'parameters', also=['scenario']) }}
),

ranked as (
    select
        year,
        scenario,
        county_code,
        code as uscc,
        total_score,
        cast(rank() over (partition by scenario, county_code order by total_score desc) as bigint) as rank
    from totals
),

borders as (
    select * from {{ ref('int_class_borders') }}
),

final as (
    select
        ranked.*,
        {{ class_of('ranked.rank', 'borders') }} as class
    from ranked
    inner join borders on ranked.county_code = borders.county_code
)

select * from final
