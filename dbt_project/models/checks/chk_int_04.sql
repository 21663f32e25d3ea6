with files as (
    select * from {{ ref('stg_intake__files') }}
),

final as (
    select
        coalesce(feed, 'unknown') as feed,
        file_name,
        file_name as source,
        department,
        status,
        reason
    from files
)

select * from final
