with source as (
    select * from {{ source('landing', 'territory_land') }}
),

final as (
    select
        year,
        territory_type,
        territory_code,
        {{ published_unit('territory_land', 'industrial_land_ha') }} as land_area_mu,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
