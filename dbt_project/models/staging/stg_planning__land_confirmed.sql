with source as (
    select * from {{ source('landing', 'land_confirmed') }}
),

final as (
    select
        year,
        uscc,
        county_code,
        {{ measured_figures('land_confirmed', published=false) }},
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
