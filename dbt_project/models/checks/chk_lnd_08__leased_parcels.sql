with contracts as (
    select * from {{ ref('int_land__contracts') }}
    where term = 'in_force' and parcel_id is not null
),

roster as (
    select distinct uscc from {{ ref('int_roster__rows') }}
    where evaluated
),

at_disposal as (
    select
        uscc,
        parcel_id
    from {{ ref('int_land__parcels') }}
    union
    select
        lessee_uscc as uscc,
        parcel_id
    from contracts
),

final as (
    select
        contracts.contract_id,
        contracts.county_code,
        contracts.lessor_uscc,
        contracts.parcel_id,
        at_disposal.parcel_id as lessor_parcel_id
    from contracts
    inner join roster on contracts.lessor_uscc = roster.uscc
    left join at_disposal
        on contracts.lessor_uscc = at_disposal.uscc and contracts.parcel_id = at_disposal.parcel_id
    where contracts.tenure = 'lease'
)

select * from final
