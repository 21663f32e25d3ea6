with feeds as (
    select * from {{ ref('stg_run__feeds') }}
),

final as (
    select
        feed,
        department,
        label_zh,
        accepted_files,
        accepted_rows,
        case when may_be_empty then 0 else 1 end as least_rows
    from feeds
    where needed
)

select * from final
