with land as (
    select * from {{ ref('int_land__members') }}
    where confirmed_m2 is not null
),

members as (
    select * from {{ ref('int_members') }}
),

final as (
    select
        land.uscc,
        land.county_code,
        members.enterprise_name,
        land.computed_m2,
        land.confirmed_m2
    from land
    inner join members on land.uscc = members.uscc and land.county_code = members.county_code
)

select * from final
