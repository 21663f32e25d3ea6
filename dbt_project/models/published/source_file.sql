with files as (
    select * from {{ source('landing', 'intake_file') }}
),

final as (
    select
        year,
        file_id,
        department,
        feed,
        file_name,
        sha256,
        in_force,
        received_at,
        account,
        rows_read,
        rows_accepted,
        rows_quarantined,
        status
    from files
)

select * from final
