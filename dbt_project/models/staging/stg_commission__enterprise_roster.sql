with source as (
    select * from {{ source('landing', 'enterprise_roster') }}
),

final as (
    select
        year,
        uscc,
        enterprise_name,
        county_code,
        home_county_code,
        park_code,
        industry_code,
        above_scale_since,
        suspended_since,
        transition_type,
        transition_since,
        merge_into_uscc,
        merge_reason,
        merge_into_county_code,
        data_centre,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
