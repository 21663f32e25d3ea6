with source as (
    select * from {{ source('landing', 'land_confirmed') }}
),

final as (
    select
        year,
        uscc,
        county_code,
        confirmed_area_m2,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
