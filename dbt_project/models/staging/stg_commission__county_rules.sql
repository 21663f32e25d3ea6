with source as (
    select * from {{ source('landing', 'county_rules') }}
),

final as (
    select
        year,
        county_code,
        quota_a,
        quota_b,
        quota_c,
        quota_d,
        transfer_years,
        newly_above_scale_years,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
