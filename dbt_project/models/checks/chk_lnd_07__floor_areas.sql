with contracts as (
    select * from {{ ref('int_land__contracts') }}
    where term = 'in_force' and object_type = 'multi_storey'
),

roster as (
    select distinct uscc from {{ ref('int_roster__rows') }}
    where evaluated
),

final as (
    select
        contracts.contract_id,
        contracts.county_code,
        contracts.area_m2,
        contracts.project_floor_area_m2
    from contracts
    left join roster as lessees on contracts.lessee_uscc = lessees.uscc
    left join roster as lessors on contracts.lessor_uscc = lessors.uscc
    where lessees.uscc is not null or lessors.uscc is not null
)

select * from final
