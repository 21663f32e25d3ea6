with source as (
    select * from {{ source('landing', 'group_applications') }}
),

final as (
    select
        year,
        application_no,
        group_uscc,
        group_name,
        evaluating_county_code,
        uscc,
        county_code,
        approved_by,
        approved_on,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
