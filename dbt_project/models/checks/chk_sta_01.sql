with units as (
    select * from {{ ref('int_units') }}
    where value_added is not null and revenue is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        value_added,
        revenue
    from units
)

select * from final
