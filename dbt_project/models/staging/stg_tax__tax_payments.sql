with source as (
    select * from {{ source('landing', 'tax_payments') }}
),

final as (
    select
        year,
        uscc,
        taxpayer_name,
        county_code,
        {{ measured_figures('tax_payments') }},
        tax_credit_grade,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
