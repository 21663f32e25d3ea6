with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated and listed_park_code is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        park_code,
        home_county_code,
        park_county_code,
        case when park_county_code = home_county_code then home_county_code else county_code end
            as roster_county_code
    from roster
)

select * from final
