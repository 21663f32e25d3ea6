with source as (
    select * from {{ source('landing', 'park_list') }}
),

final as (
    select
        year,
        park_code,
        park_name,
        county_code,
        park_type,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
