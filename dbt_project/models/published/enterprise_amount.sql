with amounts as (
    select * from {{ ref('int_amounts') }}
),

contract_columns as (
    select * from {{ source('landing', 'feed_column') }}
),

letters as (
    select * from {{ source('landing', 'intake_column') }}
),

final as (
    select
        amounts.year,
        amounts.unit_county_code as county_code,
        amounts.unit_uscc as uscc,
        amounts.county_code as member_county_code,
        amounts.uscc as member_uscc,
        amounts.feed,
        amounts.source_file,
        amounts.source_row_key,
        amounts.column_name,
        contract_columns.position,
        amounts.measure,
        contract_columns.department,
        contract_columns.label_zh,
        amounts.delivered,
        contract_columns.unit_zh as unit,
        amounts.counted,
        amounts.source_sheet,
        letters.letter || amounts.source_row as source_cell
    from amounts
    inner join contract_columns
        on amounts.feed = contract_columns.feed and amounts.column_name = contract_columns.column_name
    left join letters
        on amounts.feed = letters.feed
        and amounts.source_file = letters.file_name
        and amounts.column_name = letters.column_name
)

select * from final
