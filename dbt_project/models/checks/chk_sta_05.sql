with units as (
    select * from {{ ref('int_units') }}
    where {{ in_yuan('value_added') }} > 0 and energy is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        value_added,
        energy
    from units
)

select * from final
