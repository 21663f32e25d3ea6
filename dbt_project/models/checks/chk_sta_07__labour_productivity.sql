with units as (
    select * from {{ ref('int_units') }}
    where {{ in_yuan('value_added') }} > 0
),

indicators as (
    select * from {{ ref('int_indicators__units') }}
    where labour_productivity is not null
),

productive as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        indicators.labour_productivity
    from units
    inner join indicators on units.uscc = indicators.uscc and units.county_code = indicators.county_code
),

medians as (
    select
        county_code,
        median(labour_productivity) as county_median
    from productive
    group by county_code
),

final as (
    select
        productive.uscc,
        productive.county_code,
        productive.enterprise_name,
        productive.labour_productivity,
        medians.county_median
    from productive
    inner join medians on productive.county_code = medians.county_code
)

select * from final
