with members as (
    select
        year,
        uscc,
        county_code
    from {{ ref('int_roster__rows') }}
    where evaluated
),

parcels as (
    select
        uscc,
        roster_county_code as county_code,
        count(*) as parcels,
        {{ total('case when counts then area_m2 end') }} as registered_m2,
        {{ total('case when not_counted then area_m2 end') }} as not_counted_m2
    from {{ ref('int_land__parcels') }}
    group by uscc, roster_county_code
),

leased_in as (
    select
        lessee_uscc as uscc,
        lessee_county_code as county_code,
        count(*) as contracts,
        {{ total('case when in_force then land_m2 end') }} as leased_in_m2
    from {{ ref('int_land__contracts') }}
    group by lessee_uscc, lessee_county_code
),

leased_out_contracts as (
    select
        *,
        in_force and tenure = 'lease' as leases_out,
        coalesce(not parcel_counts, false) as parcel_never_added,
        coalesce(parcel_not_counted, false) as parcel_left_out
    from {{ ref('int_land__contracts') }}
    where lessor_uscc is not null
),

leased_out_first as (
    select
        lessor_uscc as uscc,
        lessor_county_code as county_code,
        count(*) as contracts,
        {{ total('case when leases_out and not parcel_never_added and not parcel_left_out then land_m2 end') }}
            as leased_out_m2
    from leased_out_contracts
    group by lessor_uscc, lessor_county_code
),

confirmed as (
    select * from {{ ref('int_amounts__members') }}
    where confirmed_m2 is not null
),

first_reckoning as (
    select
        members.year,
        members.uscc,
        members.county_code,
        coalesce(parcels.registered_m2, 0) as registered_m2,
        coalesce(leased_in.leased_in_m2, 0) as leased_in_m2,
        coalesce(leased_out_first.leased_out_m2, 0) as leased_out_first_m2,
        coalesce(parcels.not_counted_m2, 0) as not_counted_first_m2,
        confirmed.confirmed_m2,
        parcels.uscc is not null or leased_in.uscc is not null or leased_out_first.uscc is not null
        or confirmed.uscc is not null as has_land_rows
    from members
    left join parcels on members.uscc = parcels.uscc and members.county_code = parcels.county_code
    left join leased_in on members.uscc = leased_in.uscc and members.county_code = leased_in.county_code
    left join leased_out_first
        on members.uscc = leased_out_first.uscc and members.county_code = leased_out_first.county_code
    left join confirmed on members.uscc = confirmed.uscc and members.county_code = confirmed.county_code
),

-- 2.5, last sentences: whoever would be left without land keeps the newly granted land.
relieved as (
    select
        *,
        {{ below('leased_out_first_m2 + not_counted_first_m2', 'registered_m2 + leased_in_m2') }} as relief_applies
    from first_reckoning
),

leased_out_again as (
    select
        contracts.lessor_uscc as uscc,
        contracts.lessor_county_code as county_code,
        {{ total('contracts.land_m2') }} as leased_out_m2
    from leased_out_contracts as contracts
    left join relieved as holders
        on contracts.lessor_uscc = holders.uscc and contracts.parcel_county_code = holders.county_code
    where
        contracts.leases_out
        and not contracts.parcel_never_added
        and not (contracts.parcel_left_out and coalesce(holders.relief_applies, true))
    group by contracts.lessor_uscc, contracts.lessor_county_code
),

reckoned as (
    select
        relieved.*,
        coalesce(leased_out_again.leased_out_m2, 0) as leased_out_m2,
        case when relieved.relief_applies then relieved.not_counted_first_m2 else 0 end as not_counted_m2
    from relieved
    left join leased_out_again
        on relieved.uscc = leased_out_again.uscc and relieved.county_code = leased_out_again.county_code
),

computed as (
    select
        *,
        case
            when {{ same('registered_m2 + leased_in_m2', 'leased_out_m2 + not_counted_m2') }} then 0
            else registered_m2 + leased_in_m2 - leased_out_m2 - not_counted_m2
        end as computed_m2
    from reckoned
),

final as (
    select
        year,
        uscc,
        county_code,
        has_land_rows,
        registered_m2,
        leased_in_m2,
        leased_out_m2,
        not_counted_m2,
        computed_m2,
        confirmed_m2,
        case when has_land_rows then coalesce(confirmed_m2, computed_m2) end as land_area_m2
    from computed
)

select * from final
