with source as (
    select * from {{ source('landing', 'improvement_plans') }}
),

final as (
    select
        year,
        uscc,
        county_code,
        batch,
        plan,
        responsible,
        started_on,
        due_on,
        status,
        completed_on,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
