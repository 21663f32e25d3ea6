with measures as (
    select
        {{ all_but(['group_code']) }},
        'city' as group_code
    from {{ ref('int_measures') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

standards as (
    {{ standards('measures') }}
),

-- What one without emissions is given stays a matter of its region (8.1).
items as (
    {{ item_scores('measures', 'standards', 'parameters', given_by='region') }}
),

adjustments as (
    select * from {{ ref('int_totals') }}
),

totals as (
    {{ totals('items', 'adjustments', 'parameters') }}
),

-- Whoever has a place: the classified, and every territory.
ranks as (
    select * from {{ ref('int_ranks') }}
),

final as (
    select
        totals.year,
        totals.level,
        totals.county_code,
        totals.code,
        totals.total_score as common_score,
        cast(rank() over (partition by totals.level order by totals.total_score desc) as bigint) as common_rank
    from totals
    inner join ranks
        on totals.level = ranks.level
        and totals.county_code = ranks.county_code
        and totals.code = ranks.code
)

select * from final
