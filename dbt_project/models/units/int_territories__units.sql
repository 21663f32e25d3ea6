-- The base of each territory: a county counts its own units and those whose home it is, a park its own
-- (rulebook 1.5, 1.6).
with units as (
    select * from {{ ref('int_units') }}
),

final as (
    select
        year,
        'county' as level,
        county_code as code,
        county_code,
        uscc
    from units
    union all
    select
        year,
        'county' as level,
        counting_home_county_code as code,
        county_code,
        uscc
    from units
    where counting_home_county_code <> county_code
    union all
    select
        year,
        'park' as level,
        park_code as code,
        county_code,
        uscc
    from units
    where park_code is not null
)

select * from final
