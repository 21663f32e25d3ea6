with roster as (
    select * from {{ ref('stg_commission__enterprise_roster') }}
),

counted as (
    select
        year,
        uscc,
        county_code,
        home_county_code,
        count(*) over (partition by uscc) as roster_rows
    from roster
),

only_rows as (
    select
        year,
        uscc,
        'any' as named_county_code,
        county_code
    from counted
    where roster_rows = 1
),

own_counties as (
    select
        year,
        uscc,
        county_code as named_county_code,
        county_code
    from counted
    where roster_rows > 1
),

home_counties as (
    select
        counted.year,
        counted.uscc,
        counted.home_county_code as named_county_code,
        min(counted.county_code) as county_code
    from counted
    left join own_counties
        on counted.uscc = own_counties.uscc and counted.home_county_code = own_counties.county_code
    where counted.roster_rows > 1 and counted.home_county_code is not null and own_counties.uscc is null
    group by counted.year, counted.uscc, counted.home_county_code
),

final as (
    select * from only_rows
    union all
    select * from own_counties
    union all
    select * from home_counties
)

select * from final
