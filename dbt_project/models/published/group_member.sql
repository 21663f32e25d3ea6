-- 说明 一.3: besides the group's result, and untouched by it.
with applications as (
    select * from {{ ref('int_groups__applications') }}
    where has_result
),

members as (
    select * from {{ ref('int_groups__members') }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

final as (
    select
        members.year,
        members.application_no,
        members.county_code,
        members.uscc,
        results.total_score,
        results.class
    from members
    inner join applications on members.application_no = applications.application_no
    inner join results on members.uscc = results.uscc and members.county_code = results.county_code
)

select * from final
