with lessees as (
    {{ attributed(ref('stg_planning__land_leases'), uscc='lessee_uscc', county='lessee_county_code') }}
),

parties as (
    {{ attributed('lessees', uscc='lessor_uscc', county='lessor_county_code') }}
),

parcels as (
    select * from {{ ref('int_land__parcels') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

final as (
    select
        parties.*,
        case
            when parties.object_type = 'multi_storey'
                then parties.area_m2 / nullif(parties.project_floor_area_m2, 0) * parties.project_land_area_m2
            else parties.area_m2
        end as land_m2,
        parties.starts_on <= run.cut_off
        and (parties.ends_on is null or parties.ends_on >= run.cut_off) as in_force,
        parcels.parcel_id is not null as names_own_parcel,
        parcels.roster_county_code as parcel_county_code,
        parcels.counts as parcel_counts,
        parcels.not_counted as parcel_not_counted
    from parties
    cross join run
    left join parcels on parties.lessor_uscc = parcels.uscc and parties.parcel_id = parcels.parcel_id
)

select * from final
