with contract_codes as (
    select * from {{ source('landing', 'feed_code') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

wordings as (
    select * from {{ source('landing', 'wording') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
    where in_force
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

divisions as (
    select * from {{ source('landing', 'policy_industry_divisions') }}
),

-- What the codes of the tables are called.
names as (
    select
        year,
        'county' as subject,
        county_code as code,
        county_name as label_zh,
        region as value,
        '意见 三(一)' as clause
    from counties
    union all
    select
        year,
        'park' as subject,
        park_code as code,
        park_name as label_zh,
        county_code as value,
        '办法 一(二)' as clause
    from parks
    union all
    select
        year,
        'division' as subject,
        division as code,
        division_zh as label_zh,
        null as value,
        clause
    from divisions
),

method as (
    {% for subject, label, value, unit in [
        ('tier', 'tier', 'coefficient', 'null'),
        ('class', 'class', 'share', 'unit'),
        ('region', 'region_zh', 'null', 'null'),
        ('land_use', 'land_use_zh', 'null', 'null'),
        ('honour_type', 'honour_zh', 'points', "'分'"),
        ('incident_type', 'incident_zh', 'enterprise_points', "'分'"),
        ('transition_type', 'transition_zh', 'years', 'unit'),
        ('parameter', 'null', 'value', 'unit'),
    ] %}
    {%- set tables = {
        'class': 'quotas', 'honour_type': 'honours', 'incident_type': 'incidents',
        'transition_type': 'transitions',
    } %}
    select
        year,
        '{{ subject }}' as subject,
        {{ subject }} as code,
        {{ label }} as label_zh,
        cast({{ value }} as string) as value,
        {{ unit }} as unit,
        clause
    from {{ source('landing', 'policy_' ~ tables.get(subject, subject ~ 's')) }}
    union all
    {%- endfor %}
    select
        indicators.year,
        'indicator' as subject,
        indicators.indicator as code,
        indicators.indicator_zh as label_zh,
        targets.growth_unit as value,
        indicators.unit,
        indicators.clause
    from {{ source('landing', 'policy_indicators') }} as indicators
    left join {{ source('landing', 'policy_targets') }} as targets on indicators.indicator = targets.indicator
    union all
    select
        year,
        'scenario' as subject,
        scenario as code,
        scenario_zh as label_zh,
        cast(weight_share as string) as value,
        'share' as unit,
        clause
    from {{ ref('int_scenarios') }}
    union all
    select
        year,
        'unit' as subject,
        'm2' as code,
        '平方米' as label_zh,
        cast({{ mu_of_m2('cast(1 as double)') }} as string) as value,
        '亩' as unit,
        null as clause
    from run
),

listed as (
    select * from method
    union all
    select
        year,
        subject,
        code,
        label_zh,
        value,
        null as unit,
        clause
    from names
    union all
    select
        contract_codes.year,
        contract_codes.subject,
        contract_codes.code,
        contract_codes.label_zh,
        contract_codes.value,
        null as unit,
        null as clause
    from contract_codes
    left join method on contract_codes.subject = method.subject and contract_codes.code = method.code
    where method.code is null
    union all
    select
        year,
        'run' as subject,
        'edition' as code,
        title as label_zh,
        document_no as value,
        null as unit,
        null as clause
    from run
    union all
    select
        year,
        'run' as subject,
        'cut_off' as code,
        '评价统计截止日' as label_zh,
        cast(cut_off as string) as value,
        null as unit,
        null as clause
    from run
    union all
    select
        year,
        'run' as subject,
        'stage' as code,
        '阶段' as label_zh,
        stage as value,
        null as unit,
        null as clause
    from run
),

final as (
    select
        *,
        null as sentence_zh
    from listed
    union all
    select
        wordings.year,
        wordings.subject,
        wordings.code,
        {{ put_in('wordings.label_zh') }} as label_zh,
        null as value,
        null as unit,
        wordings.clause,
        {{ put_in('wordings.sentence_zh') }} as sentence_zh
    from wordings
    cross join run
    cross join parameters
)

select * from final
