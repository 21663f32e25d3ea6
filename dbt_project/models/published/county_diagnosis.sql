with diagnosis as (
    select * from {{ ref('int_diagnosis') }}
    where level = 'county'
),

final as (
    select
        year,
        code as county_code,
        {{ diagnosis_columns() }}
    from diagnosis
)

select * from final
