with units as (
    select * from {{ ref('int_units') }}
    where tax is not null
),

previous as (
    select * from {{ ref('int_previous__units') }}
    where tax is not null
),

final as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        units.tax,
        previous.tax as previous_tax
    from units
    inner join previous on units.uscc = previous.uscc and units.county_code = previous.county_code
)

select * from final
