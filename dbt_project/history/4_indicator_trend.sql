-- 指标趋势: one indicator of the city, a county or a park in one year, with the released year before. change: in % , or in points where the
-- method tells its growth so; null where that year has no figure, or one that is not positive.
create view indicator_trend as
with amounts as (
    unpivot (
        select
            'county' as level,
            county_code as code,
            county_name as name,
            year,
            land_area_mu,
            value_added,
            tax,
            average_headcount,
            energy,
            emissions,
            revenue,
            rd_expenditure
        from county_year
        union all
        select
            'park' as level,
            park_code as code,
            name,
            year,
            land_area_mu,
            value_added,
            tax,
            average_headcount,
            energy,
            emissions,
            revenue,
            rd_expenditure
        from park_result
    )
    on columns(* exclude (level, code, name, year)) into name measure value amount
),

measured as (
    select
        numerators.level,
        numerators.code,
        numerators.name,
        numerators.year,
        indicators.indicator,
        case when denominators.amount > 0 then numerators.amount / denominators.amount * indicators.multiply_by end
            as value
    from amounts as numerators
    inner join amounts as denominators
        on numerators.level = denominators.level
        and numerators.code = denominators.code
        and numerators.year = denominators.year
    inner join history_indicator as indicators
        on numerators.year = indicators.year
        and numerators.measure = indicators.numerator
        and denominators.measure = indicators.denominator
    union all
    select
        'city' as level,
        '' as code,
        '全市' as name,
        year,
        indicator,
        value
    from city_target
),

followed as (
    select
        measured.*,
        years.previous_year,
        earlier.value as previous_value
    from measured
    inner join released_year as years on measured.year = years.year
    left join measured as earlier
        on years.previous_year = earlier.year
        and measured.level = earlier.level
        and measured.code = earlier.code
        and measured.indicator = earlier.indicator
)

select
    followed.year,
    followed.level,
    followed.code,
    followed.name,
    followed.indicator,
    indicators.indicator_zh,
    indicators.unit,
    followed.value,
    followed.previous_year,
    followed.previous_value,
    case
        when followed.previous_value > 0 and indicators.growth_unit = 'point'
            then followed.value - followed.previous_value
        when followed.previous_value > 0 then (followed.value / followed.previous_value - 1) * 100
    end as change
from followed
left join history_indicator as indicators
    on followed.year = indicators.year and followed.indicator = indicators.indicator;
