with placed as (
    select * from {{ ref('int_previous__placed') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

members as (
    select * from {{ source('landing', 'previous_enterprise_member') }}
),

-- Units of which a branch lies in another county: it counts there (1.5), so that their members count singly. The
-- others count as their unit was published, to the last digit.
spread as (
    select distinct
        unit_uscc,
        unit_county_code
    from members
    where unit_county_code <> county_code
),

{%- set amounts = [
    'value_added', 'tax', 'average_headcount', 'energy', 'emissions', 'revenue', 'rd_expenditure',
] %}

counted as (
    select
        previous.year,
        previous.county_code as counting_county_code,
        previous.home_county_code as counting_home_county_code,
        previous.park_code as counting_park_code,
        previous.{{ amounts | join(', previous.') }}
    from placed as previous
    left join spread on previous.uscc = spread.unit_uscc and previous.county_code = spread.unit_county_code
    where spread.unit_uscc is null
    union all
    select
        members.year,
        members.county_code,
        case
            when members.county_code = previous.county_code then previous.home_county_code
            else members.home_county_code
        end,
        case when members.county_code = previous.county_code then previous.park_code else members.park_code end,
        members.{{ amounts | join(', members.') }}
    from members
    inner join spread on members.unit_uscc = spread.unit_uscc and members.unit_county_code = spread.unit_county_code
    inner join placed as previous
        on members.unit_uscc = previous.uscc and members.unit_county_code = previous.county_code
),

sites as (
    select
        counted.*,
        {{ county_today('counted.counting_county_code', 'counties') }} as county_code_today,
        {{ county_today('counted.counting_home_county_code', 'homes') }} as home_county_code_today
    from counted
    left join counties on counted.counting_county_code = counties.county_code
    left join counties as homes on counted.counting_home_county_code = homes.county_code
),

surveyed as (
    select
        'county' as level,
        {{ county_today('previous.county_code', 'counties') }} as code,
        {{ total('previous.land_area_mu') }} as land_area_mu
    from {{ source('landing', 'previous_county_result') }} as previous
    left join counties on previous.county_code = counties.county_code
    group by {{ county_today('previous.county_code', 'counties') }}
    union all
    select
        'park' as level,
        park_code as code,
        land_area_mu
    from {{ source('landing', 'previous_park_result') }}
),

bases as (
    select
        'enterprise' as level,
        county_code_today as evaluating_county,
        uscc as code,
        year,
        land_area_mu,
        {{ amounts | join(', ') }}
    from placed
    {%- for level, code in [
        ('county', 'county_code_today'), ('county', 'home_county_code_today'), ('park', 'counting_park_code'),
    ] %}
    union all
    select
        '{{ level }}' as level,
        '' as evaluating_county,
        {{ code }} as code,
        year,
        null as land_area_mu,
        {{ amounts | join(', ') }}
    from sites
    where {{ code }} is not null
    {%- if code == 'home_county_code_today' %} and {{ code }} <> county_code_today{% endif %}
    {%- endfor %}
),

sums as (
    select
        bases.year,
        bases.level,
        bases.evaluating_county as county_code,
        bases.code,
        case when bases.level = 'enterprise' then {{ total('bases.land_area_mu') }} else max(surveyed.land_area_mu) end
            as land_area_mu,
        {{ total_amounts('bases') }}
    from bases
    left join surveyed on bases.level = surveyed.level and bases.code = surveyed.code
    group by bases.year, bases.level, bases.evaluating_county, bases.code
),

measured as (
    select
        year,
        level,
        county_code,
        code,
        {{ indicators() }}
    from sums
),

final as (
    {{ by_indicator('measured', 'year, level, county_code, code') }}
)

select * from final
