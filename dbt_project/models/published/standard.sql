-- Rulebook 5.3.
with standards as (
    select * from {{ ref('int_standards') }}
),

final as (
    select
        year,
        level,
        group_code,
        indicator,
        n,
        max,
        mean,
        min
    from standards
)

select * from final
