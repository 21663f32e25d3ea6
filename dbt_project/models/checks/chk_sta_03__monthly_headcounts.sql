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
    select * from {{ source('landing', 'policy_tolerances') }}
    where rule_id = 'STA-03' and parameter = 'from_headcount'
),

{%- set months = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'] %}

sums as (
    select
        members.unit_uscc,
        members.unit_county_code as county_code,
        {% for month in months %}
            cast(sum(statistics.headcount_{{ month }}) as bigint) as headcount_{{ month }},
        {% endfor %}
        cast(sum(statistics.headcount_year_end) as bigint) as headcount_year_end
    from members
    inner join statistics
        on members.uscc = statistics.uscc and members.county_code = statistics.roster_county_code
    group by members.unit_uscc, members.unit_county_code
),

ranges as (
    select
        unit_uscc,
        county_code,
        headcount_year_end,
        {%- for bound, name in [('least', 'fewest'), ('greatest', 'most')] %}
        {{ bound }}(
            {%- for month in months %}
            headcount_{{ month }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sums
),

final as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        ranges.headcount_year_end,
        case
            when ranges.most - ranges.headcount_year_end >= ranges.headcount_year_end - ranges.fewest
                then ranges.most
            else ranges.fewest
        end as farthest_headcount
    from units
    cross join tolerances
    inner join ranges on units.uscc = ranges.unit_uscc and units.county_code = ranges.county_code
    where {{ at_most('tolerances.value', 'ranges.headcount_year_end') }}
)

select * from final
