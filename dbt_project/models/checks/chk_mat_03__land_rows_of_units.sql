with units as (
    select * from {{ ref('int_units') }}
),

members as (
    select * from {{ ref('int_members') }}
),

land as (
    select * from {{ ref('int_land__members') }}
),

counted as (
    select
        members.unit_uscc,
        members.unit_county_code,
        cast(sum(case when land.has_land_rows then 1 else 0 end) as bigint) as members_with_land
    from members
    inner join land on members.uscc = land.uscc and members.county_code = land.county_code
    group by members.unit_uscc, members.unit_county_code
),

final as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        counted.members_with_land
    from units
    inner join counted on units.uscc = counted.unit_uscc and units.county_code = counted.unit_county_code
)

select * from final
