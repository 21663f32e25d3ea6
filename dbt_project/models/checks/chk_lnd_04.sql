with members as (
    select * from {{ ref('int_members') }}
),

land as (
    select * from {{ ref('int_land__members') }}
),

verified as (
    select
        uscc,
        roster_county_code,
        {{ total('verified_area_mu') }} as verified_mu
    from {{ ref('int_verification__rows') }}
    group by uscc, roster_county_code
),

final as (
    select
        members.uscc,
        members.county_code,
        members.enterprise_name,
        verified.verified_mu,
        coalesce({{ mu_of_m2('land.land_area_m2') }}, 0) as land_area_mu
    from members
    inner join verified on members.uscc = verified.uscc and members.county_code = verified.roster_county_code
    inner join land on members.uscc = land.uscc and members.county_code = land.county_code
)

select * from final
