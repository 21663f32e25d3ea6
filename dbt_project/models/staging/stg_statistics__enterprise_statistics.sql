with source as (
    select * from {{ source('landing', 'enterprise_statistics') }}
),

final as (
    select
        year,
        uscc,
        enterprise_name,
        county_code,
        {{ published_unit('enterprise_statistics', 'industrial_value_added') }} as value_added,
        {{ published_unit('enterprise_statistics', 'operating_revenue') }} as revenue,
        {{ published_unit('enterprise_statistics', 'rd_expenditure') }} as rd_expenditure,
        energy_consumption as energy,
        headcount_01,
        headcount_02,
        headcount_03,
        headcount_04,
        headcount_05,
        headcount_06,
        headcount_07,
        headcount_08,
        headcount_09,
        headcount_10,
        headcount_11,
        headcount_12,
        headcount_year_end,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
