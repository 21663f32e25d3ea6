with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

named as (
    select
        uscc,
        roster_county_code,
        'statistics' as department,
        enterprise_name as department_name
    from {{ ref('int_statistics__rows') }}
    union all
    select
        uscc,
        roster_county_code,
        'tax' as department,
        taxpayer_name as department_name
    from {{ ref('int_tax__rows') }}
    union all
    select
        uscc,
        roster_county_code,
        'ecology' as department,
        enterprise_name as department_name
    from {{ ref('int_emissions__rows') }}
    union all
    select
        uscc,
        roster_county_code,
        'planning' as department,
        holder_name as department_name
    from {{ ref('int_land__parcels') }}
),

final as (
    select distinct
        named.uscc,
        roster.county_code,
        named.department,
        named.department_name,
        roster.enterprise_name
    from named
    inner join roster on named.uscc = roster.uscc and named.roster_county_code = roster.county_code
)

select * from final
