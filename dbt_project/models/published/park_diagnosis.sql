-- One row per evaluated park and indicator: its distance to the group, what it lost, the year before.
with diagnosis as (
    select * from {{ ref('int_diagnosis') }}
    where level = 'park'
),

final as (
    select
        year,
        code as park_code,
        {{ diagnosis_columns() }}
    from diagnosis
)

select * from final
