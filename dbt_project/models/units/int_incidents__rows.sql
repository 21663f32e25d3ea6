with attributed_rows as (
    {{ attributed(ref('stg_commission__incidents')) }}
),

points as (
    select * from {{ source('landing', 'policy_incidents') }}
),

final as (
    select
        attributed_rows.*,
        extract(year from attributed_rows.occurred_on) = attributed_rows.year as within_year,
        points.enterprise_points,
        points.territory_points
    from attributed_rows
    inner join points on attributed_rows.incident_type = points.incident_type
)

select * from final
