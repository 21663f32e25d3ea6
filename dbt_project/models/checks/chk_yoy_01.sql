with units as (
    select * from {{ ref('int_units') }}
    where value_added is not null
),

previous as (
    select * from {{ ref('int_previous__units') }}
    where value_added is not null
),

final as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        units.value_added,
        previous.value_added as previous_value_added
    from units
    inner join previous on units.uscc = previous.uscc and units.county_code = previous.county_code
)

select * from final
