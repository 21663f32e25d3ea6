with delivered as (
    select * from {{ ref('stg_commission__group_applications') }}
),

names as (
    select * from {{ source('landing', 'intake_name') }}
),

applications as (
    select
        delivered.*,
        {{ required('names.plain_name', 'form in which names of groups are compared') }} as plain_group_name
    from delivered
    left join names on delivered.group_name = names.name
),

members as (
    select * from {{ ref('int_groups__members') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

scored_counties as (
    select distinct county_code
    from {{ ref('int_units') }}
    where treatment <> 'vetoed'
),

-- The answers that every row of an application must give alike.
counted as (
    select
        applications.year,
        applications.application_no,
        count(*) as members,
        count(distinct applications.group_uscc) as group_codes,
        count(distinct applications.plain_group_name) as group_names,
        count(distinct applications.evaluating_county_code) as evaluating_counties,
        count(distinct applications.approved_by) as approvers,
        count(distinct applications.approved_on) as approval_days,
        count(distinct case when counties.in_force and scored_counties.county_code is not null
            then applications.evaluating_county_code end) as counties_with_standards,
        cast(sum(case when members.unit_uscc is null then 1 else 0 end) as bigint) as members_without_unit
    from applications
    inner join members
        on applications.application_no = members.application_no
        and applications.county_code = members.county_code
        and applications.uscc = members.uscc
    left join counties on applications.evaluating_county_code = counties.county_code
    left join scored_counties on applications.evaluating_county_code = scored_counties.county_code
    group by applications.year, applications.application_no
),

judged as (
    select
        *,
        greatest(group_codes, group_names, evaluating_counties, approvers, approval_days) as different_answers
    from counted
),

firsts as (
    select applications.*
    from applications
    inner join members
        on applications.application_no = members.application_no
        and applications.county_code = members.county_code
        and applications.uscc = members.uscc
    where members.place = 1
),

final as (
    select
        judged.*,
        firsts.evaluating_county_code,
        counties.region,
        firsts.group_uscc,
        firsts.group_name,
        firsts.approved_by,
        firsts.approved_on,
        firsts.application_no || '/' || firsts.uscc || '/' || firsts.county_code as first_row_key,
        judged.members_without_unit = 0
        and judged.different_answers = 1
        and judged.members > 1
        and judged.counties_with_standards = judged.evaluating_counties as has_result
    from judged
    inner join firsts on judged.application_no = firsts.application_no
    left join counties on firsts.evaluating_county_code = counties.county_code
)

select * from final
