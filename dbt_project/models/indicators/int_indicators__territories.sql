with sums as (
    select * from {{ ref('int_territories__sums') }}
),

final as (
    select
        year,
        level,
        code,
        {{ indicators() }}
    from sums
)

select * from final
