with diagnosis as (
    select * from {{ ref('int_diagnosis') }}
    where level = 'enterprise'
),

lifts as (
    select
        uscc,
        county_code,
        indicator as lifting_indicator,
        lifting_value
    from {{ ref('int_lifts') }}
),

final as (
    select
        diagnosis.year,
        diagnosis.county_code,
        diagnosis.code as uscc,
        {{ diagnosis_columns() }},
        lifts.lifting_value
    from diagnosis
    left join lifts
        on diagnosis.code = lifts.uscc
        and diagnosis.county_code = lifts.county_code
        and diagnosis.indicator = lifts.lifting_indicator
)

select * from final
