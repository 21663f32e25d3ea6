-- 说明 三.3, 4, 6.
with contracts as (
    select * from {{ ref('int_land__contracts') }}
),

members as (
    select * from {{ ref('int_members') }}
),

cells as (
    select * from {{ source('landing', 'intake_column') }}
    where feed = 'land_leases' and column_name = 'area_m2'
),

parties as (
    select
        'lessee' as role,
        lessee_uscc as member_uscc,
        lessee_county_code as member_county_code,
        lessor_uscc as counterparty_uscc,
        lessee_reason as reason,
        *
    from contracts
    union all
    select
        'lessor' as role,
        lessor_uscc as member_uscc,
        lessor_county_code as member_county_code,
        lessee_uscc as counterparty_uscc,
        lessor_reason as reason,
        *
    from contracts
),

final as (
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
        parties.reason,
        parties.source_file,
        parties.source_sheet,
        parties.source_row_key,
        cells.letter || parties.source_row as source_cell,
        parties.reason = 'counted' as counted
    from parties
    inner join members
        on parties.member_uscc = members.uscc and parties.member_county_code = members.county_code
    left join cells on parties.source_file = cells.file_name
)

select * from final
