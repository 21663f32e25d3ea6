with source as (
    select * from {{ source('landing', 'county_verification') }}
),

final as (
    select
        year,
        uscc,
        county_code,
        taxpayer_name,
        verified_area_mu,
        verified_on,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
