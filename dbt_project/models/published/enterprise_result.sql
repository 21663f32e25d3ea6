with units as (
    select * from {{ ref('int_units') }}
),

indicators as (
    select * from {{ ref('int_indicators__units') }}
),

totals as (
    select * from {{ ref('int_totals') }}
    where level = 'enterprise'
),

ranks as (
    select * from {{ ref('int_ranks') }}
    where level = 'enterprise'
),

borders as (
    select * from {{ ref('int_class_borders') }}
),

previous as (
    select * from {{ ref('int_previous__units') }}
),

final as (
    select
        units.year,
        units.county_code,
        units.county_name,
        units.region,
        units.home_county_code,
        units.uscc,
        units.enterprise_name,
        units.industry_code,
        units.park_code,
        units.members,
        units.treatment,
        units.veto_reason,
        units.land_area_mu,
        units.value_added,
        units.tax,
        units.average_headcount,
        units.energy,
        units.emissions,
        units.revenue,
        units.rd_expenditure,
        {{ indicator_columns('indicators', among=model.columns) }}
        totals.base_score,
        totals.bonus,
        totals.deduction,
        totals.total_score,
        ranks.rank,
        case when units.treatment = 'vetoed' then 'D' else {{ class_of('ranks.rank', 'borders') }} end as class,
        previous.class as previous_class,
        previous.total_score as previous_total_score
    from units
    inner join indicators on units.uscc = indicators.uscc and units.county_code = indicators.county_code
    left join totals on units.uscc = totals.code and units.county_code = totals.county_code
    left join ranks on units.uscc = ranks.code and units.county_code = ranks.county_code
    left join borders on units.county_code = borders.county_code
    left join previous on units.uscc = previous.uscc and units.county_code = previous.county_code
)

select * from final
