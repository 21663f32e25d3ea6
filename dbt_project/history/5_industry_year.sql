-- 行业（大类）: one division of GB/T 4754-2017 and indicator in one year: the division's own ratio, the quartiles of its units that have a value,
-- and how many they are.
create view industry_year as
with amounts as (
    unpivot unit_year
    on land_area_mu, value_added, tax, average_headcount, energy, emissions, revenue, rd_expenditure
    into name measure value amount
),

valued as (
    select
        numerators.year,
        numerators.division,
        indicators.indicator,
        indicators.indicator_zh,
        indicators.unit,
        indicators.position,
        numerators.amount as numerator,
        denominators.amount as denominator,
        indicators.multiply_by
    from amounts as numerators
    inner join amounts as denominators
        on numerators.year = denominators.year
        and numerators.county_code = denominators.county_code
        and numerators.uscc = denominators.uscc
    inner join history_indicator as indicators
        on numerators.year = indicators.year
        and numerators.measure = indicators.numerator
        and denominators.measure = indicators.denominator
    where denominators.amount > 0
)

select
    valued.year,
    valued.division,
    divisions.division_zh,
    valued.indicator,
    valued.indicator_zh,
    valued.unit,
    count(*) as enterprises,
    sum(valued.numerator) / sum(valued.denominator) * any_value(valued.multiply_by) as ratio,
    quantile_cont(valued.numerator / valued.denominator * valued.multiply_by, 0.25) as lower_quartile,
    quantile_cont(valued.numerator / valued.denominator * valued.multiply_by, 0.5) as median,
    quantile_cont(valued.numerator / valued.denominator * valued.multiply_by, 0.75) as upper_quartile
from valued
left join history_division as divisions on valued.year = divisions.year and valued.division = divisions.division
group by
    valued.year,
    valued.division,
    divisions.division_zh,
    valued.indicator,
    valued.indicator_zh,
    valued.unit,
    valued.position
order by valued.year, valued.division, valued.position;
