with source as (
    select * from {{ source('landing', 'waivers') }}
),

final as (
    select
        year,
        rule_id,
        finding_key,
        reason,
        approved_by,
        approved_on,
        expires_on,
        figure_1,
        figure_2,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from source
)

select * from final
