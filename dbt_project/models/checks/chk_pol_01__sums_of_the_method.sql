with run as (
    select * from {{ ref('stg_run__parameters') }}
),

weights as (
    select * from {{ source('landing', 'policy_weights') }}
),

regions as (
    select distinct region
    from {{ ref('stg_policy__counties') }}
    where in_force
),

levels as (
    {%- for level in ['enterprise', 'county', 'park'] %}
    select '{{ level }}' as level
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

quotas as (
    select * from {{ source('landing', 'policy_quotas') }}
),

coefficients as (
    {{ tier_coefficients() }}
),

compared as (
    select
        'equal' as comparison,
        '等于' as comparison_zh,
        '权重合计（' || regions.region || '，' || levels.level || '）' as what,
        {{ total('cast(weights.weight as double)') }} as found,
        100 as demanded
    from regions
    cross join levels
    left join weights on regions.region = weights.region and levels.level = weights.level
    group by regions.region, levels.level
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
