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
        {{ measured_figures('pollutant_emissions') }},
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
