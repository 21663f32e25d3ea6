with source as (
    select * from {{ source('landing', 'incidents') }}
),

final as (
    select
        year,
        incident_id,
        incident_type,
        occurred_on,
        uscc,
        county_code,
        park_code,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
