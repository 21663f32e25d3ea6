-- What the tables of the edition add up to, and each tier's coefficient beside the next one's.
with run as (
    select * from {{ ref('stg_run__parameters') }}
),

weights as (
    select * from {{ ref('stg_policy__weights') }}
),

quotas as (
    select * from {{ ref('stg_policy__quotas') }}
),

coefficients as (
    select
        max(case when tier = '优' then coefficient end) as best,
        max(case when tier = '较优' then coefficient end) as better,
        max(case when tier = '一般' then coefficient end) as ordinary
    from {{ ref('stg_policy__tiers') }}
),

compared as (
    select
        'equal' as comparison,
        '等于' as comparison_zh,
        '权重合计（' || region || '，' || level || '）' as what,
        {{ total('cast(weight as double)') }} as found,
        100 as demanded
    from weights
    group by region, level
    union all
    select
        'equal' as comparison,
        '等于' as comparison_zh,
        '分类占比合计' as what,
        {{ total('cast(share as double)') }} as found,
        100 as demanded
    from quotas
    union all
    select
        'greater' as comparison,
        '大于' as comparison_zh,
        '优档系数' as what,
        best as found,
        better as demanded
    from coefficients
    union all
    select
        'greater' as comparison,
        '大于' as comparison_zh,
        '较优档系数' as what,
        better as found,
        ordinary as demanded
    from coefficients
),

final as (
    select
        run.edition,
        compared.*
    from compared
    cross join run
)

select * from final
