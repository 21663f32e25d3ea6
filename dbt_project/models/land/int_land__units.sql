with members as (
    select * from {{ ref('int_land__members') }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

final as (
    select
        members.year,
        roster.unit_county_code as county_code,
        roster.unit_uscc as uscc,
        {{ total('members.registered_m2') }} as registered_m2,
        {{ total('members.leased_in_m2') }} as leased_in_m2,
        {{ total('members.leased_out_m2') }} as leased_out_m2,
        {{ total('members.not_counted_m2') }} as not_counted_m2,
        {{ total('members.computed_m2') }} as computed_m2,
        {{ total('members.confirmed_m2') }} as confirmed_m2,
        {{ total('members.land_area_m2') }} as land_area_m2,
        {{ mu_of_m2(total('members.land_area_m2')) }} as land_area_mu
    from members
    inner join roster on members.uscc = roster.uscc and members.county_code = roster.county_code
    group by members.year, roster.unit_county_code, roster.unit_uscc
)

select * from final
