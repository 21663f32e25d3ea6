with incidents as (
    select * from {{ ref('stg_commission__incidents') }}
    where park_code is not null
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated and home_county_code is not null
),

partners as (
    select
        county_code,
        home_county_code as partner_code
    from roster
    union
    select
        home_county_code as county_code,
        county_code as partner_code
    from roster
),

final as (
    select
        incidents.incident_id,
        incidents.county_code,
        incidents.park_code,
        parks.county_code as park_county_code,
        coalesce(partners.partner_code, incidents.county_code) as incident_county_code
    from incidents
    left join parks on incidents.park_code = parks.park_code
    left join partners
        on incidents.county_code = partners.county_code and parks.county_code = partners.partner_code
)

select * from final
