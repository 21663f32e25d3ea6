with sites as (
    select * from {{ ref('int_sites') }}
),

final as (
    select
        year,
        'county' as level,
        county_code as code,
        county_code,
        uscc
    from sites
    union all
    select
        year,
        'county' as level,
        counting_home_county_code as code,
        county_code,
        uscc
    from sites
    where counting_home_county_code <> county_code
    union all
    select
        year,
        'park' as level,
        park_code as code,
        county_code,
        uscc
    from sites
    where park_code is not null
)

select * from final
