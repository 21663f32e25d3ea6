with roster as (
    select * from {{ ref('int_roster__rows') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

named as (
    select
        uscc,
        county_code,
        enterprise_name,
        '评价区县' as label,
        county_code as code
    from roster
    union all
    select
        uscc,
        county_code,
        enterprise_name,
        '属地区县' as label,
        home_county_code as code
    from roster
    where home_county_code is not null
),

final as (
    select
        named.uscc,
        named.county_code,
        named.enterprise_name,
        named.label,
        named.code,
        counties.county_name,
        case when counties.in_force then counties.county_code end as code_in_force
    from named
    left join counties on named.code = counties.county_code
)

select * from final
