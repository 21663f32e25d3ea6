with parcels as (
    select * from {{ ref('int_land__parcels') }}
    where registered
),

roster as (
    select distinct uscc from {{ ref('int_roster__rows') }}
    where evaluated
),

final as (
    select
        parcels.parcel_id,
        count(distinct parcels.uscc) as holders,
        min(parcels.holder_name) as first_holder,
        max(parcels.holder_name) as last_holder
    from parcels
    inner join roster on parcels.uscc = roster.uscc
    group by parcels.parcel_id
)

select * from final
