-- Rulebook 1.8; 说明 一.3, last case.
with applications as (
    select * from {{ ref('int_groups__applications') }}
    where has_result
),

sums as (
    select * from {{ ref('int_groups__sums') }}
),

indicators as (
    select * from {{ ref('int_groups__indicators') }}
),

items as (
    select * from {{ ref('int_groups__items') }}
),

adjustments as (
    select
        'enterprise' as level,
        evaluating_county_code as county_code,
        application_no as code,
        bonus,
        deduction
    from sums
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

totals as (
    {{ totals('items', 'adjustments', 'parameters') }}
),

ranks as (
    select * from {{ ref('int_ranks') }}
    where level = 'enterprise'
),

borders as (
    select * from {{ ref('int_class_borders') }}
),

-- The classified units of the county that are better.
ranked as (
    select
        totals.code as application_no,
        1 + count(case when ranks.total_score > totals.total_score then 1 end) as would_be_rank
    from totals
    inner join ranks on totals.county_code = ranks.county_code
    group by totals.code
),

final as (
    select
        applications.year,
        applications.application_no,
        applications.evaluating_county_code,
        applications.group_uscc,
        applications.group_name,
        applications.members,
        sums.land_area_mu,
        sums.value_added,
        sums.tax,
        sums.average_headcount,
        sums.energy,
        sums.revenue,
        sums.rd_expenditure,
        {{ indicator_columns('indicators', among=model.columns) }}
        totals.base_score,
        totals.bonus,
        totals.deduction,
        totals.total_score,
        ranked.would_be_rank,
        {{ class_of('ranked.would_be_rank', 'borders') }} as class,
        applications.approved_by,
        applications.approved_on
    from applications
    inner join sums on applications.application_no = sums.application_no
    inner join indicators on applications.application_no = indicators.application_no
    inner join totals on applications.application_no = totals.code
    left join ranked on applications.application_no = ranked.application_no
    left join borders on applications.evaluating_county_code = borders.county_code
)

select * from final
