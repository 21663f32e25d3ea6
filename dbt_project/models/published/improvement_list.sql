-- 意见 三(四)8.
with results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

items as (
    select * from {{ ref('int_items') }}
    where level = 'enterprise'
),

positions as (
    select * from {{ source('landing', 'policy_indicators') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

weakest as (
    select
        items.county_code,
        items.code as uscc,
        items.indicator,
        row_number() over (
            partition by items.county_code, items.code order by items.points_lost desc, positions.position
        ) as place
    from items
    inner join positions on items.indicator = positions.indicator
),

listed as (
    select
        results.*,
        roster.suspended_since,
        results.class = 'C' as in_class_c,
        results.class = 'D' as in_class_d,
        roster.suspended_since <= run.cut_off as suspended,
        {{ in_yuan('results.tax') }} = 0 as zero_tax
    from results
    inner join roster on results.uscc = roster.uscc and results.county_code = roster.county_code
    cross join run
),

reasons as (
    {% for reason, holds in [
        ('class_c', 'in_class_c'), ('class_d', 'in_class_d'), ('suspended', 'suspended'), ('zero_tax', 'zero_tax'),
    ] %}
    select
        '{{ reason }}' as reason,
        *
    from listed
    where {{ holds }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        reasons.year,
        reasons.county_code,
        reasons.county_name,
        reasons.reason,
        reasons.uscc,
        reasons.enterprise_name,
        reasons.industry_code,
        reasons.park_code,
        reasons.treatment,
        reasons.veto_reason,
        reasons.suspended_since,
        reasons.class,
        reasons.rank,
        reasons.total_score,
        weakest.indicator as weakest_indicator
    from reasons
    left join weakest
        on reasons.uscc = weakest.uscc and reasons.county_code = weakest.county_code and weakest.place = 1
)

select * from final
