with applications as (
    select * from {{ ref('stg_commission__group_applications') }}
),

units as (
    select * from {{ ref('int_units') }}
),

final as (
    select
        applications.year,
        applications.application_no,
        applications.county_code,
        applications.uscc,
        units.uscc as unit_uscc,
        cast(row_number() over (
            partition by applications.application_no order by applications.county_code, applications.uscc
        ) as bigint) as place
    from applications
    left join units on applications.uscc = units.uscc and applications.county_code = units.county_code
)

select * from final
