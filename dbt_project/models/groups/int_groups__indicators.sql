with sums as (
    select * from {{ ref('int_groups__sums') }}
),

final as (
    select
        year,
        application_no,
        {{ indicators() }}
    from sums
)

select * from final
