-- The indicators of each county and park: the ratio of its base's sums, over its surveyed land (rulebook 3.4).
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
