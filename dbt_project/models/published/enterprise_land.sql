-- One row per unit: how its land area came about (rulebook 2), in m2, and what counts in mu.
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
