with source as (
    select * from {{ source('landing', 'new_industrial_land') }}
),

final as (
    select
        year,
        parcel_id,
        county_code,
        contract_date,
        area_m2,
        standard_land,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
