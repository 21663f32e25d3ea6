-- Rulebook 2.
with units as (
    select
        uscc,
        county_code
    from {{ ref('int_units') }}
),

land as (
    select * from {{ ref('int_land__units') }}
),

final as (
    select land.*
    from land
    inner join units on land.uscc = units.uscc and land.county_code = units.county_code
)

select * from final
