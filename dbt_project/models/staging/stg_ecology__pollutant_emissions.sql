with source as (
    select * from {{ source('landing', 'pollutant_emissions') }}
),

final as (
    select
        year,
        uscc,
        enterprise_name,
        county_code,
        key_monitored,
        cod,
        ammonia_nitrogen,
        nitrogen_oxides,
        voc,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
