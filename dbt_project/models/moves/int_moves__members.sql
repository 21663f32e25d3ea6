with members as (
    select * from {{ ref('int_members') }}
),

previous as (
    select * from {{ source('landing', 'previous_enterprise_member') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

these as (
    select
        unit_county_code,
        unit_uscc,
        county_code,
        uscc
    from members
),

those as (
    select
        {{ county_today('coalesce(previous.unit_county_code, previous.county_code)', 'units') }} as unit_county_code,
        previous.unit_uscc,
        {{ county_today('previous.county_code', 'counties') }} as county_code,
        previous.uscc
    from previous
    left join counties on previous.county_code = counties.county_code
    left join counties as units on coalesce(previous.unit_county_code, previous.county_code) = units.county_code
),

on_one_side as (
    (select * from these except select * from those)
    union
    (select * from those except select * from these)
),

final as (
    select distinct
        unit_county_code as county_code,
        unit_uscc as uscc
    from on_one_side
)

select * from final
