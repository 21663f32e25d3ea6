with source as (
    select * from {{ source('landing', 'county_statistics') }}
),

final as (
    select
        year,
        county_code,
        enterprise_count,
        {{ published_unit('county_statistics', 'industrial_value_added') }} as value_added,
        {{ published_unit('county_statistics', 'operating_revenue') }} as revenue,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
