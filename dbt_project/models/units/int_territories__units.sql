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
