with members as (
    select * from {{ ref('int_members') }}
    where statistics_rows > 0
),

roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

reported as (
    select * from {{ ref('stg_statistics__county_statistics') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

placed as (
    select
        county_code as counted_in,
        uscc,
        county_code
    from roster
    union
    select
        counting_home_county_code as counted_in,
        uscc,
        county_code
    from roster
    where counting_home_county_code is not null
),

counted as (
    select
        placed.counted_in as county_code,
        count(*) as enterprise_count,
        {{ total('members.value_added') }} as value_added,
        {{ total('members.revenue') }} as revenue
    from placed
    inner join members on placed.uscc = members.uscc and placed.county_code = members.county_code
    group by placed.counted_in
),

beside as (
    select
        coalesce(counted.county_code, reported.county_code) as county_code,
        cast(counted.enterprise_count as double) as counted_enterprises,
        cast(reported.enterprise_count as double) as reported_enterprises,
        counted.value_added as counted_value_added,
        reported.value_added as reported_value_added,
        counted.revenue as counted_revenue,
        reported.revenue as reported_revenue
    from counted
    full outer join reported on counted.county_code = reported.county_code
),

listed as (
    select
        county_code,
        'enterprise_count' as figure,
        '规上制造业企业数' as figure_zh,
        '家' as unit,
        counted_enterprises as counted,
        reported_enterprises as reported
    from beside
    union all
    select
        county_code,
        'industrial_value_added' as figure,
        '工业增加值' as figure_zh,
        '万元' as unit,
        counted_value_added as counted,
        reported_value_added as reported
    from beside
    union all
    select
        county_code,
        'operating_revenue' as figure,
        '营业收入' as figure_zh,
        '万元' as unit,
        counted_revenue as counted,
        reported_revenue as reported
    from beside
),

final as (
    select
        listed.*,
        counties.county_name
    from listed
    inner join counties on listed.county_code = counties.county_code
)

select * from final
