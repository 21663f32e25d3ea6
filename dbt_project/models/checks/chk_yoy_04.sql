with units as (
    select * from {{ ref('int_units') }}
    where average_headcount is not null
),

previous as (
    select * from {{ ref('int_previous__units') }}
    where average_headcount is not null
),

final as (
    select
        units.uscc,
        units.county_code,
        units.enterprise_name,
        units.average_headcount,
        previous.average_headcount as previous_average_headcount
    from units
    inner join previous on units.uscc = previous.uscc and units.county_code = previous.county_code
)

select * from final
