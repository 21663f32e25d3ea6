with faults as (
    select * from {{ source('landing', 'intake_fault') }}
),

final as (
    select
        feed,
        file_name,
        row_key,
        department,
        file_name
        || coalesce(' / ' || sheet, '')
        || ' / '
        || coalesce(cell, '第' || row || '行') as source,
        value,
        reason
    from faults
)

select * from final
