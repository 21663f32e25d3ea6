with units as (
    select * from {{ ref('int_units') }}
    where average_headcount is not null and headcount_year_end is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        average_headcount,
        headcount_year_end
    from units
)

select * from final
