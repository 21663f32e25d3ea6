with source as (
    select * from {{ source('landing', 'honours') }}
),

final as (
    select
        year,
        uscc,
        honour_type,
        awarded_on,
        document_no,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
