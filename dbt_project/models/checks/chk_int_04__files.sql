with files as (
    select * from {{ source('landing', 'intake_file') }}
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
