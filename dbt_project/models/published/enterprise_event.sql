-- 办法 二(五)1, 2.
with honours as (
    select * from {{ ref('int_honours__rows') }}
),

incidents as (
    select * from {{ ref('int_incidents__rows') }}
),

members as (
    select * from {{ ref('int_members') }}
),

-- A title belongs to the enterprise: with two rows of it in a unit, it is shown of the first of them, the target.
holders as (
    select
        *,
        row_number() over (
            partition by unit_county_code, unit_uscc, uscc order by merges, county_code
        ) as place
    from members
),

events as (
    select
        holders.year,
        holders.unit_county_code as county_code,
        holders.unit_uscc as uscc,
        holders.county_code as member_county_code,
        holders.uscc as member_uscc,
        'honour' as kind,
        honours.honour_type as type,
        honours.document_no as document,
        honours.awarded_on as happened_on,
        honours.within_year,
        honours.points as points_each,
        honours.source_file,
        honours.source_sheet,
        honours.source_row_key
    from honours
    inner join holders on honours.uscc = holders.uscc
    where holders.place = 1
    union all
    select
        members.year,
        members.unit_county_code as county_code,
        members.unit_uscc as uscc,
        members.county_code as member_county_code,
        members.uscc as member_uscc,
        'incident' as kind,
        incidents.incident_type as type,
        incidents.incident_id as document,
        incidents.occurred_on as happened_on,
        incidents.within_year,
        incidents.enterprise_points as points_each,
        incidents.source_file,
        incidents.source_sheet,
        incidents.source_row_key
    from incidents
    inner join members
        on incidents.uscc = members.uscc and incidents.roster_county_code = members.county_code
),

final as (
    select
        year,
        county_code,
        uscc,
        member_county_code,
        member_uscc,
        kind,
        type,
        document,
        happened_on,
        case when within_year then points_each else 0 end as points,
        within_year and points_each > 0 as counted,
        case
            when not within_year then 'other_year'
            when points_each > 0 then 'counted'
            else 'no_points'
        end as reason,
        source_file,
        source_sheet,
        source_row_key
    from events
)

select * from final
