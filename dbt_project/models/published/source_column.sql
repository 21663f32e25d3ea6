with contract_columns as (
    select * from {{ source('landing', 'feed_column') }}
    where measure is not null
),

letters as (
    select * from {{ source('landing', 'intake_column') }}
),

files as (
    select distinct
        feed,
        source_file
    from {{ ref('enterprise_source') }}
    where year = {{ year() }}
),

final as (
    select
        contract_columns.year,
        files.feed,
        files.source_file,
        contract_columns.column_name,
        contract_columns.position,
        contract_columns.department,
        contract_columns.label_zh,
        contract_columns.unit_zh as unit,
        contract_columns.measure,
        letters.letter
    from files
    inner join contract_columns on files.feed = contract_columns.feed
    left join letters
        on files.feed = letters.feed
        and files.source_file = letters.file_name
        and contract_columns.column_name = letters.column_name
)

select * from final
