with leases as (
    select * from {{ ref('int_land__leases') }}
),

parcels as (
    select * from {{ ref('int_land__parcels') }}
),

final as (
    select
        leases.*,
        case when leases.term = 'in_force' then 'counted' else leases.term end as lessee_reason,
        case
            when leases.term <> 'in_force' then leases.term
            when leases.tenure <> 'lease' then 'not_lease'
            -- The lessor's own parcel that is not added takes nothing off (2.4); another's is sublet.
            when not parcels.counted then 'parcel_not_counted'
            else 'counted'
        end as lessor_reason
    from leases
    left join parcels on leases.lessor_uscc = parcels.uscc and leases.parcel_id = parcels.parcel_id
)

select * from final
