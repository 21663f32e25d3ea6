with units as (
    select * from {{ ref('int_units') }}
    where key_monitored_rows > 0 and {{ in_yuan('value_added') }} > 0
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        value_added,
        emissions
    from units
)

select * from final
