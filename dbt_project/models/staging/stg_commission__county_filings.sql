with source as (
    select * from {{ source('landing', 'county_filings') }}
),

final as (
    select
        year,
        uscc,
        county_code,
        class,
        total_score,
        document_no,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
