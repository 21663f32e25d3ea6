with units as (
    select * from {{ ref('int_units') }}
    where rd_expenditure is not null and revenue is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        rd_expenditure,
        revenue
    from units
)

select * from final
