with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

members as (
    select * from {{ ref('int_members') }}
),

units as (
    select * from {{ ref('int_units') }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

class_counts as (
    select * from {{ ref('class_count') }}
    where year = {{ year() }}
),

units_of_rows as (
    select
        roster.county_code,
        count(units.uscc) as units
    from roster
    left join members on roster.uscc = members.uscc and roster.county_code = members.county_code
    left join units on members.unit_uscc = units.uscc and members.unit_county_code = units.county_code
    group by roster.county_code, roster.uscc
),

treatments_of_units as (
    select
        units.county_code,
        count(results.treatment) as treatments
    from units
    left join results on units.uscc = results.uscc and units.county_code = results.county_code
    group by units.county_code, units.uscc
),

ranges as (
    select
        county_code,
        '一家企业所在的评价单元' as what,
        '个' as unit,
        min(units) as fewest,
        max(units) as most
    from units_of_rows
    group by county_code
    union all
    select
        county_code,
        '一个评价单元的处理方式' as what,
        '种' as unit,
        min(treatments) as fewest,
        max(treatments) as most
    from treatments_of_units
    group by county_code
),

unit_counts as (
    select
        county_code,
        count(*) as units
    from units
    group by county_code
),

result_counts as (
    select
        county_code,
        count(*) as results,
        cast(sum(case when treatment = 'classified' then 1 else 0 end) as bigint) as classified
    from results
    group by county_code
),

compared as (
    {%- for bound, name in [('fewest', '最少'), ('most', '最多')] %}
    select
        county_code,
        what || '{{ name }}' as what,
        unit,
        {{ bound }} as found,
        1 as demanded
    from ranges
    union all
    {%- endfor %}
    select
        result_counts.county_code,
        '公布的评价单元' as what,
        '家' as unit,
        result_counts.results as found,
        unit_counts.units as demanded
    from result_counts
    left join unit_counts on result_counts.county_code = unit_counts.county_code
    union all
    select
        result_counts.county_code,
        '各类企业合计' as what,
        '家' as unit,
        class_counts.a + class_counts.b + class_counts.c + class_counts.d as found,
        result_counts.classified as demanded
    from result_counts
    left join class_counts on result_counts.county_code = class_counts.county_code
),

final as (
    select * from compared
)

select * from final
