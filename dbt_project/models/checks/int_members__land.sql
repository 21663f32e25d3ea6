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
        count(*) as verification_rows,
        {{ total('verified_area_mu') }} as verified_mu
    from {{ ref('int_verification__rows') }}
    group by uscc, roster_county_code
),

final as (
    select
        members.uscc,
        members.county_code,
        members.enterprise_name,
        land.has_land_rows,
        land.leased_out_m2,
        land.registered_m2 - land.not_counted_m2 + land.leased_in_m2 as disposable_m2,
        land.computed_m2,
        land.confirmed_m2,
        coalesce({{ mu_of_m2('land.land_area_m2') }}, 0) as land_area_mu,
        coalesce(verified.verification_rows, 0) as verification_rows,
        verified.verified_mu
    from members
    inner join land on members.uscc = land.uscc and members.county_code = land.county_code
    left join verified on members.uscc = verified.uscc and members.county_code = verified.roster_county_code
)

select * from final
