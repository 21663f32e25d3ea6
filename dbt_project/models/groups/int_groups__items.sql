with sums as (
    select * from {{ ref('int_groups__sums') }}
),

indicators as (
    select * from {{ ref('int_groups__indicators') }}
),

weights as (
    select * from {{ source('landing', 'policy_weights') }}
    where level = 'enterprise'
),

standards as (
    select * from {{ ref('int_standards') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

group_values as (
    {{ by_indicator('indicators', 'application_no') }}
),

measures as (
    select
        sums.year,
        'enterprise' as level,
        sums.evaluating_county_code as county_code,
        sums.application_no as code,
        sums.application_no,
        sums.region,
        case parameters.standard_scope when 'region' then sums.region else sums.evaluating_county_code end
            as group_code,
        weights.indicator,
        cast(weights.weight as double) as weight,
        group_values.value,
        false as emits_nothing
    from sums
    cross join parameters
    inner join weights on sums.region = weights.region
    inner join group_values
        on sums.application_no = group_values.application_no and weights.indicator = group_values.indicator
),

final as (
    {{ item_scores('measures', 'standards', 'parameters') }}
)

select * from final
