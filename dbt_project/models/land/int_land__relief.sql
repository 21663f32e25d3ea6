with members as (
    select
        uscc,
        county_code
    from {{ ref('int_roster__rows') }}
    where evaluated
),

holdings as (
    select * from {{ ref('int_land__holdings') }}
),

leases as (
    select * from {{ ref('int_land__leases') }}
    where term = 'in_force'
),

held as (
    select
        uscc,
        roster_county_code as county_code,
        {{ total("case when first_reason in ('counted', 'newly_granted') then area_m2 end") }} as registered_m2,
        {{ total("case when first_reason = 'newly_granted' then area_m2 end") }} as newly_granted_m2
    from holdings
    group by uscc, roster_county_code
),

leased_in as (
    select
        lessee_uscc as uscc,
        lessee_county_code as county_code,
        {{ total('land_m2') }} as leased_in_m2
    from leases
    group by lessee_uscc, lessee_county_code
),

leased_out as (
    select
        leases.lessor_uscc as uscc,
        leases.lessor_county_code as county_code,
        {{ total('leases.land_m2') }} as leased_out_m2
    from leases
    left join holdings on leases.lessor_uscc = holdings.uscc and leases.parcel_id = holdings.parcel_id
    where leases.tenure = 'lease' and coalesce(holdings.first_reason, 'counted') = 'counted'
    group by leases.lessor_uscc, leases.lessor_county_code
),

reckoned as (
    select
        members.uscc,
        members.county_code,
        coalesce(held.registered_m2, 0) + coalesce(leased_in.leased_in_m2, 0) as added_m2,
        coalesce(leased_out.leased_out_m2, 0) + coalesce(held.newly_granted_m2, 0) as taken_off_m2
    from members
    left join held on members.uscc = held.uscc and members.county_code = held.county_code
    left join leased_in on members.uscc = leased_in.uscc and members.county_code = leased_in.county_code
    left join leased_out on members.uscc = leased_out.uscc and members.county_code = leased_out.county_code
),

final as (
    select
        uscc,
        county_code,
        {{ at_most('added_m2', 'taken_off_m2') }} as keeps_new_land
    from reckoned
)

select * from final
