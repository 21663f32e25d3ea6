with duplicates as (
    select * from {{ source('landing', 'intake_duplicate') }}
),

feeds as (
    select * from {{ ref('stg_run__feeds') }}
),

final as (
    select
        duplicates.feed,
        duplicates.row_key_values,
        duplicates.uscc,
        duplicates.kind,
        feeds.department,
        feeds.label_zh,
        duplicates.rows,
        duplicates.places,
        duplicates.places as source
    from duplicates
    inner join feeds on duplicates.feed = feeds.feed
)

select * from final
