with previous as (
    select * from {{ source('landing', 'previous_enterprise_result') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

placed as (
    select
        previous.*,
        {{ county_today('previous.county_code', 'counties') }} as county_code_today,
        {{ county_today('previous.home_county_code', 'homes') }} as home_county_code_today
    from previous
    left join counties on previous.county_code = counties.county_code
    left join counties as homes on previous.home_county_code = homes.county_code
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
        *
    from placed
    union all
    select
        'county' as level,
        '' as evaluating_county,
        county_code_today as code,
        *
    from placed
    union all
    select
        'county' as level,
        '' as evaluating_county,
        home_county_code_today as code,
        *
    from placed
    where home_county_code_today <> county_code_today
    union all
    select
        'park' as level,
        '' as evaluating_county,
        park_code as code,
        *
    from placed
    where park_code is not null
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
