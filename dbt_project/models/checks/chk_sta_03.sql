-- How many of a unit's twelve monthly headcounts differ from the year-end figure, where that is large enough
-- for a difference to be expected.
with units as (
    select * from {{ ref('int_units') }}
),

members as (
    select * from {{ ref('int_members') }}
),

statistics as (
    select * from {{ ref('int_statistics__rows') }}
),

tolerances as (
    select * from {{ ref('stg_policy__tolerances') }}
    where rule_id = 'STA-03' and parameter = 'from_headcount'
),

{%- set months = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'] %}

sums as (
    select
        members.unit_uscc,
        members.county_code,
        {% for month in months %}
            sum(statistics.headcount_{{ month }}) as headcount_{{ month }},
        {% endfor %}
        sum(statistics.headcount_year_end) as headcount_year_end
    from members
    inner join statistics
        on members.uscc = statistics.uscc and members.county_code = statistics.roster_county_code
    group by members.unit_uscc, members.county_code
),

final as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        sums.headcount_year_end,
        0
        {% for month in months %}
            + case when {{ same('sums.headcount_' ~ month, 'sums.headcount_year_end') }} then 0 else 1 end
        {% endfor %}
            as months_that_differ
    from units
    cross join tolerances
    inner join sums on units.uscc = sums.unit_uscc and units.county_code = sums.county_code
    where {{ at_most('tolerances.value', 'sums.headcount_year_end') }}
)

select * from final
