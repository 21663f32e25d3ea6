with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated and park_code is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        park_code,
        listed_park_code
    from roster
)

select * from final
