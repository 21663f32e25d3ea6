with source as (
    select * from {{ source('landing', 'objections') }}
),

final as (
    select
        year,
        objection_no,
        uscc,
        county_code,
        received_on,
        subject,
        claim,
        decision,
        decided_value,
        decided_on,
        reply,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
