-- 说明 三.
with parcels as (
    select * from {{ ref('int_land__parcels') }}
),

members as (
    select * from {{ ref('int_members') }}
),

cells as (
    select * from {{ source('landing', 'intake_column') }}
    where feed = 'land_parcels' and column_name = 'area_m2'
),

final as (
    select
        members.year,
        members.unit_county_code as county_code,
        members.unit_uscc as uscc,
        members.county_code as member_county_code,
        members.uscc as member_uscc,
        parcels.parcel_id,
        parcels.land_use,
        parcels.area_m2,
        parcels.contract_date,
        parcels.registered_on,
        parcels.ended_on,
        parcels.reason,
        parcels.source_file,
        parcels.source_sheet,
        parcels.source_row_key,
        cells.letter || parcels.source_row as source_cell,
        parcels.counted
    from parcels
    inner join members on parcels.uscc = members.uscc and parcels.roster_county_code = members.county_code
    left join cells on parcels.source_file = cells.file_name
)

select * from final
