-- 说明 三.
with parcels as (
    select * from {{ ref('int_land__parcels') }}
),

members as (
    select * from {{ ref('int_members') }}
),

land as (
    select * from {{ ref('int_land__members') }}
),

land_uses as (
    select * from {{ source('landing', 'policy_land_uses') }}
),

cells as (
    select * from {{ source('landing', 'intake_column') }}
    where feed = 'land_parcels' and column_name = 'area_m2'
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

judged as (
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
        case
            when not coalesce(land_uses.counts, false) then 'land_use'
            when parcels.registered_on > run.cut_off then 'not_yet_registered'
            when parcels.ended_on <= run.cut_off then 'ended'
            when parcels.not_counted and land.not_counted_m2 > 0 then 'newly_granted'
            -- Whoever would be left without land keeps the newly granted land (rulebook 2.5).
            when parcels.not_counted then 'only_land'
            else 'counted'
        end as reason,
        parcels.source_file,
        parcels.source_sheet,
        parcels.source_row_key,
        cells.letter || parcels.source_row as source_cell
    from parcels
    inner join members on parcels.uscc = members.uscc and parcels.roster_county_code = members.county_code
    inner join land on members.uscc = land.uscc and members.county_code = land.county_code
    left join land_uses on parcels.land_use = land_uses.land_use
    left join cells on parcels.source_file = cells.file_name
    cross join run
),

final as (
    select
        *,
        reason in ('counted', 'only_land') as counted
    from judged
)

select * from final
