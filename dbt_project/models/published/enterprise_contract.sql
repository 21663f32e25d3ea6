-- 说明 三.3, 4, 6.
with contracts as (
    select * from {{ ref('int_land__contracts') }}
),

members as (
    select * from {{ ref('int_members') }}
),

land as (
    select * from {{ ref('int_land__members') }}
),

cells as (
    select * from {{ source('landing', 'intake_column') }}
    where feed = 'land_leases' and column_name = 'area_m2'
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

parties as (
    select
        'lessee' as role,
        lessee_uscc as member_uscc,
        lessee_county_code as member_county_code,
        lessor_uscc as counterparty_uscc,
        *
    from contracts
    union all
    select
        'lessor' as role,
        lessor_uscc as member_uscc,
        lessor_county_code as member_county_code,
        lessee_uscc as counterparty_uscc,
        *
    from contracts
),

judged as (
    select
        members.year,
        members.unit_county_code as county_code,
        members.unit_uscc as uscc,
        members.county_code as member_county_code,
        members.uscc as member_uscc,
        parties.contract_id,
        parties.role,
        parties.counterparty_uscc,
        parties.tenure,
        parties.object_type,
        parties.area_m2,
        parties.project_floor_area_m2,
        parties.project_land_area_m2,
        parties.land_m2,
        parties.parcel_id,
        parties.starts_on,
        parties.ends_on,
        case
            when parties.starts_on > run.cut_off then 'not_yet_started'
            when not parties.in_force then 'ended'
            when parties.role = 'lessee' then 'counted'
            when parties.tenure <> 'lease' then 'not_lease'
            when not parties.parcel_counts then 'parcel_not_counted'
            -- As the parcel fares with the member that holds it (rulebook 2.5); one that nobody holds is left out.
            when parties.parcel_not_counted and coalesce(holders.not_counted_m2 > 0, true) then 'parcel_not_counted'
            else 'counted'
        end as reason,
        parties.source_file,
        parties.source_sheet,
        parties.source_row_key,
        cells.letter || parties.source_row as source_cell
    from parties
    inner join members
        on parties.member_uscc = members.uscc and parties.member_county_code = members.county_code
    left join land as holders
        on parties.lessor_uscc = holders.uscc and parties.parcel_county_code = holders.county_code
    left join cells on parties.source_file = cells.file_name
    cross join run
),

final as (
    select
        *,
        reason = 'counted' as counted
    from judged
)

select * from final
