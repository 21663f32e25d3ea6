with source as (
    select * from {{ source('landing', 'enterprise_statistics') }}
),

final as (
    select
        year,
        uscc,
        enterprise_name,
        county_code,
        {{ measured_figures('enterprise_statistics') }},
        headcount_year_end,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
