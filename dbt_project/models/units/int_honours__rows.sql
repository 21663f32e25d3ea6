with honours as (
    select * from {{ ref('stg_commission__honours') }}
),

points as (
    select * from {{ source('landing', 'policy_honours') }}
),

final as (
    select
        honours.*,
        extract(year from honours.awarded_on) = honours.year as within_year,
        points.points
    from honours
    inner join points on honours.honour_type = points.honour_type
)

select * from final
