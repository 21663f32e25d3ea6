with placed as (
    select * from {{ ref('int_previous__placed') }}
),

final as (
    select
        year,
        uscc,
        county_code_today as county_code,
        {{ total('value_added') }} as value_added,
        {{ total('tax') }} as tax,
        {{ total('land_area_mu') }} as land_area_mu,
        {{ total('average_headcount') }} as average_headcount,
        case when count(*) = 1 then max(class) end as class,
        case when count(*) = 1 then max(total_score) end as total_score
    from placed
    group by year, uscc, county_code_today
)

select * from final
