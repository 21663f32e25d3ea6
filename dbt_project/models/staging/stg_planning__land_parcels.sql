with source as (
    select * from {{ source('landing', 'land_parcels') }}
),

final as (
    select
        year,
        parcel_id,
        uscc,
        holder_name,
        county_code,
        land_use,
        area_m2,
        contract_date,
        registered_on,
        ended_on,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
