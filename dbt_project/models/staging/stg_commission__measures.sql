with source as (
    select * from {{ source('landing', 'measures') }}
),

final as (
    select
        year,
        measure_no,
        applies_to,
        county_code,
        class,
        rank_from,
        rank_to,
        field,
        measure,
        executed_by,
        basis,
        valid_from,
        valid_to,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
