with standards as (
    select * from {{ ref('int_standards') }}
),

positive as (
    select
        level,
        group_code,
        indicator
    from {{ ref('int_measures') }}
    where value >= 0
    group by level, group_code, indicator
    having min(value) > 0
),

final as (
    select
        standards.level || '/' || standards.group_code as standard_group,
        standards.indicator,
        standards.min,
        standards.mean,
        standards.max
    from standards
    inner join positive
        on
            standards.level = positive.level
            and standards.group_code = positive.group_code
            and standards.indicator = positive.indicator
)

select * from final
