with diagnosis as (
    select * from {{ ref('int_diagnosis') }}
    where level = 'park'
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

final as (
    select
        diagnosis.year,
        diagnosis.code as park_code,
        parks.county_code,
        {{ diagnosis_columns() }}
    from diagnosis
    inner join parks on diagnosis.code = parks.park_code
)

select * from final
