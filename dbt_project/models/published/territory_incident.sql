-- Rulebook 6.4; 办法 二(五)2.
with incidents as (
    select * from {{ ref('int_territories__incidents') }}
),

territories as (
    select * from {{ ref('int_territories__sums') }}
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

members as (
    select * from {{ ref('int_members') }}
),

bases as (
    select * from {{ ref('territory_enterprise') }}
    where year = {{ year() }} and level = 'county'
),

final as (
    select
        territories.year,
        territories.level,
        territories.code,
        coalesce(parks.county_code, territories.code) as county_code,
        territories.name,
        incidents.incident_id,
        incidents.incident_type,
        incidents.occurred_on,
        incidents.charged_by,
        incidents.uscc,
        members.enterprise_name,
        members.unit_county_code,
        members.unit_uscc,
        case when incidents.uscc is not null then coalesce(bases.belonging, 'other') end as belonging,
        incidents.points,
        incidents.points > 0 as counted,
        case
            when not incidents.within_year then 'other_year'
            when incidents.territory_points > 0 then 'counted'
            else 'no_points'
        end as reason,
        incidents.source_file,
        incidents.source_sheet,
        incidents.source_row_key
    from incidents
    inner join territories on incidents.level = territories.level and incidents.code = territories.code
    left join parks on territories.level = 'park' and territories.code = parks.park_code
    left join members
        on incidents.uscc = members.uscc and incidents.roster_county_code = members.county_code
    left join bases
        on members.site_uscc = bases.member_uscc
        and members.site_county_code = bases.member_county_code
        and coalesce(parks.county_code, territories.code) = bases.code
)

select * from final
