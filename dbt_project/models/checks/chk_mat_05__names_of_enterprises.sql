with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

named as (
    select
        uscc,
        roster_county_code,
        'statistics' as department,
        'enterprise_statistics' as feed,
        enterprise_name as department_name
    from {{ ref('int_statistics__rows') }}
    union all
    select
        uscc,
        roster_county_code,
        'tax' as department,
        'tax_payments' as feed,
        taxpayer_name as department_name
    from {{ ref('int_tax__rows') }}
    union all
    select
        uscc,
        roster_county_code,
        'ecology' as department,
        'pollutant_emissions' as feed,
        enterprise_name as department_name
    from {{ ref('int_emissions__rows') }}
    union all
    select
        uscc,
        roster_county_code,
        'planning' as department,
        'land_parcels' as feed,
        holder_name as department_name
    from {{ ref('int_land__parcels') }}
),

final as (
    select distinct
        named.uscc,
        roster.county_code,
        named.department,
        named.feed,
        named.department_name,
        roster.enterprise_name
    from named
    inner join roster on named.uscc = roster.uscc and named.roster_county_code = roster.county_code
)

select * from final
