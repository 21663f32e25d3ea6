with source as (
    select * from {{ source('landing', 'land_leases') }}
),

final as (
    select
        year,
        contract_id,
        lessee_uscc,
        lessor_uscc,
        county_code,
        tenure,
        object_type,
        area_m2,
        project_floor_area_m2,
        project_land_area_m2,
        parcel_id,
        starts_on,
        ends_on,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
