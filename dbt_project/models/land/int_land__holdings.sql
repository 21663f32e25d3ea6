with parcels as (
    {{ attributed(ref('stg_planning__land_parcels')) }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

land_uses as (
    select * from {{ source('landing', 'policy_land_uses') }}
),

run as (
    select
        run.cut_off,
        parameters.not_counted_years
    from {{ ref('stg_run__parameters') }} as run
    cross join {{ ref('stg_policy__parameters') }} as parameters
),

final as (
    select
        parcels.*,
        case
            -- What belongs to no evaluated roster row is added nowhere.
            when roster.uscc is null then 'unattributed'
            when not roster.evaluated then 'not_evaluated'
            when not coalesce(land_uses.counts, false) then 'land_use'
            when not coalesce(parcels.registered_on <= run.cut_off, false) then 'not_yet_registered'
            when parcels.ended_on <= run.cut_off then 'ended'
            when
                parcels.contract_date is not null
                and (roster.above_scale_since is null or roster.above_scale_since <= parcels.contract_date)
                and {{ add_years('parcels.contract_date', 'run.not_counted_years') }} > run.cut_off
                then 'newly_granted'
            else 'counted'
        end as first_reason
    from parcels
    cross join run
    left join land_uses on parcels.land_use = land_uses.land_use
    left join roster
        on parcels.uscc = roster.uscc and parcels.roster_county_code = roster.county_code
)

select * from final
