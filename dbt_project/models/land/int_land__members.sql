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
        {{ total('case when registered then area_m2 end') }} as registered_m2,
        {{ total('case when registered and not counted then area_m2 end') }} as not_counted_m2
    from {{ ref('int_land__parcels') }}
    group by uscc, roster_county_code
),

leased_in as (
    select
        lessee_uscc as uscc,
        lessee_county_code as county_code,
        {{ total("case when lessee_reason = 'counted' then land_m2 end") }} as leased_in_m2
    from {{ ref('int_land__contracts') }}
    group by lessee_uscc, lessee_county_code
),

leased_out as (
    select
        lessor_uscc as uscc,
        lessor_county_code as county_code,
        {{ total("case when lessor_reason = 'counted' then land_m2 end") }} as leased_out_m2
    from {{ ref('int_land__contracts') }}
    group by lessor_uscc, lessor_county_code
),

confirmed as (
    select * from {{ ref('int_amounts__members') }}
    where confirmed_m2 is not null
),

reckoned as (
    select
        members.year,
        members.uscc,
        members.county_code,
        coalesce(parcels.registered_m2, 0) as registered_m2,
        coalesce(leased_in.leased_in_m2, 0) as leased_in_m2,
        coalesce(leased_out.leased_out_m2, 0) as leased_out_m2,
        coalesce(parcels.not_counted_m2, 0) as not_counted_m2,
        confirmed.confirmed_m2,
        parcels.uscc is not null or leased_in.uscc is not null or leased_out.uscc is not null
        or confirmed.uscc is not null as has_land_rows
    from members
    left join parcels on members.uscc = parcels.uscc and members.county_code = parcels.county_code
    left join leased_in on members.uscc = leased_in.uscc and members.county_code = leased_in.county_code
    left join leased_out on members.uscc = leased_out.uscc and members.county_code = leased_out.county_code
    left join confirmed on members.uscc = confirmed.uscc and members.county_code = confirmed.county_code
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
