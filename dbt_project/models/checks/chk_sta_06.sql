with units as (
    select * from {{ ref('int_units') }}
    where {{ in_yuan('value_added') }} > 0 and average_headcount is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        value_added,
        average_headcount
    from units
)

select * from final
