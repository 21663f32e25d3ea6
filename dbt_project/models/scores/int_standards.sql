with measures as (
    select * from {{ ref('int_measures') }}
),

participants as (
    select
        *,
        case when value >= 0 then value end as participating
    from measures
),

final as (
    select
        year,
        level,
        group_code,
        indicator,
        count(participating) as n,
        max(participating) as max,
        {{ total('participating') }} / nullif(count(participating), 0) as mean,
        min(case when participating > 0 then participating end) as min
    from participants
    group by year, level, group_code, indicator
)

select * from final
