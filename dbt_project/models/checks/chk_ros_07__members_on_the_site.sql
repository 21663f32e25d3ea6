with members as (
    select * from {{ ref('int_members') }}
    where merges and merge_reason = 'same_site'
),

targets as (
    select * from {{ ref('int_members') }}
),

final as (
    select
        targets.uscc,
        targets.county_code,
        targets.enterprise_name,
        members.uscc as member_uscc,
        members.enterprise_name as member_name,
        coalesce(members.revenue, 0) as member_revenue,
        coalesce(targets.revenue, 0) as target_revenue
    from members
    inner join targets on members.unit_uscc = targets.uscc and members.unit_county_code = targets.county_code
)

select * from final
