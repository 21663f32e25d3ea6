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

counted as (
    select
        parcels.*,
        roster.above_scale_since,
        roster.evaluated,
        -- What belongs to no evaluated roster row is added nowhere.
        coalesce(
            roster.evaluated
            and land_uses.counts
            and parcels.registered_on <= run.cut_off
            and (parcels.ended_on is null or parcels.ended_on > run.cut_off), false
        ) as counts,
        parcels.contract_date is not null
        and (roster.above_scale_since is null or roster.above_scale_since <= parcels.contract_date)
        and {{ add_years('parcels.contract_date', 'run.not_counted_years') }} > run.cut_off as newly_granted
    from parcels
    cross join run
    left join land_uses on parcels.land_use = land_uses.land_use
    left join roster
        on parcels.uscc = roster.uscc and parcels.roster_county_code = roster.county_code
),

final as (
    select
        *,
        counts and newly_granted as not_counted
    from counted
)

select * from final
