-- One row per evaluated roster row: the unit it belongs to, its own amounts and land.
with members as (
    select * from {{ ref('int_members') }}
),

land as (
    select * from {{ ref('int_land__members') }}
),

final as (
    select
        members.year,
        members.county_code,
        members.uscc,
        members.unit_uscc,
        members.enterprise_name,
        {{ mu_of_m2('land.land_area_m2') }} as land_area_mu,
        members.value_added,
        members.tax,
        members.average_headcount,
        members.energy,
        members.emissions,
        members.revenue,
        members.rd_expenditure
    from members
    inner join land on members.uscc = land.uscc and members.county_code = land.county_code
)

select * from final
