with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated and home_county_code is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        home_county_code
    from roster
)

select * from final
