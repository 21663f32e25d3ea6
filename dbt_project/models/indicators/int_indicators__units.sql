with units as (
    select * from {{ ref('int_units') }}
),

final as (
    select
        year,
        county_code,
        uscc,
        {{ indicators() }}
    from units
)

select * from final
