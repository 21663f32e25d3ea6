-- One row per faulty cell: to list every cell that was read would be to list millions that cannot fail.
with faults as (
    select * from {{ ref('stg_intake__faults') }}
),

final as (
    select
        feed,
        file_name,
        row_key,
        department,
        label,
        cell,
        value,
        reason
    from faults
)

select * from final
