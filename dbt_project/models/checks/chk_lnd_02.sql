with land as (
    select * from {{ ref('int_land__members') }}
    where has_land_rows
),

members as (
    select * from {{ ref('int_members') }}
),

final as (
    select
        land.uscc,
        land.county_code,
        members.enterprise_name,
        land.leased_out_m2,
        land.registered_m2 - land.not_counted_m2 + land.leased_in_m2 as disposable_m2
    from land
    inner join members on land.uscc = members.uscc and land.county_code = members.county_code
)

select * from final
