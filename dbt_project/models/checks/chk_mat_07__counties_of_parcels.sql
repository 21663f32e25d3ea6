with parcels as (
    select * from {{ ref('int_land__parcels') }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

holder_counties as (
    select
        uscc,
        county_code
    from roster
    union
    select
        uscc,
        home_county_code as county_code
    from roster
    where home_county_code is not null
),

final as (
    select
        parcels.parcel_id,
        parcels.uscc,
        roster.county_code,
        roster.enterprise_name,
        parcels.county_code as parcel_county_code,
        holder_counties.county_code as holder_county_code
    from parcels
    inner join roster on parcels.uscc = roster.uscc and parcels.roster_county_code = roster.county_code
    left join holder_counties
        on parcels.uscc = holder_counties.uscc and parcels.county_code = holder_counties.county_code
)

select * from final
