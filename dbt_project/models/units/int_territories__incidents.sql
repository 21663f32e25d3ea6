with incidents as (
    select * from {{ ref('int_incidents__rows') }}
),

members as (
    select * from {{ ref('int_members') }}
),

bases as (
    select * from {{ ref('int_territories__sites') }}
),

about as (
    {%- for level in ['county', 'park'] %}
    select
        '{{ level }}' as level,
        {{ level }}_code as code,
        incident_id,
        'named' as charged_by
    from incidents
    where {{ level }}_code is not null
    union all
    {%- endfor %}
    select
        bases.level,
        bases.code,
        incidents.incident_id,
        'enterprise' as charged_by
    from incidents
    inner join members
        on incidents.uscc = members.uscc and incidents.roster_county_code = members.county_code
    inner join bases on members.site_uscc = bases.uscc and members.site_county_code = bases.county_code
),

-- An incident counts once per territory, in whatever ways it is about it.
once as (
    select
        level,
        code,
        incident_id,
        max(charged_by) as charged_by
    from about
    group by level, code, incident_id
),

final as (
    select
        once.level,
        once.code,
        once.charged_by,
        incidents.*,
        case when incidents.within_year then incidents.territory_points else 0 end as points
    from once
    inner join incidents on once.incident_id = incidents.incident_id
)

select * from final
