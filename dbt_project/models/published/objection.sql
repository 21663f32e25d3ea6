-- Rulebook 10; 意见 四(四) 反馈.
with objections as (
    select * from {{ ref('stg_commission__objections') }}
),

notices as (
    select * from {{ source('landing', 'notice_release') }}
),

figures as (
    select * from {{ ref('int_notice__figures') }}
),

members as (
    select
        uscc,
        county_code,
        unit_uscc,
        unit_county_code
    from {{ ref('int_members') }}
),

noticed_members as (
    select
        uscc,
        county_code,
        coalesce(unit_uscc, uscc) as unit_uscc,
        coalesce(unit_county_code, county_code) as unit_county_code
    from {{ source('landing', 'notice_enterprise_member') }}
),

final as (
    select
        objections.year,
        objections.objection_no,
        objections.uscc,
        objections.county_code,
        objections.received_on,
        objections.subject,
        objections.claim,
        objections.decision,
        objections.decided_value,
        objections.decided_on,
        objections.reply,
        notices.release as notice_release,
        figures_before.value as figure_before,
        figures_after.value as figure_after
    from objections
    left join notices on objections.year = notices.year
    left join noticed_members
        on objections.uscc = noticed_members.uscc and objections.county_code = noticed_members.county_code
    left join members on objections.uscc = members.uscc and objections.county_code = members.county_code
    left join figures as figures_before
        on figures_before.release = 'notice'
        and noticed_members.unit_uscc = figures_before.uscc
        and noticed_members.unit_county_code = figures_before.county_code
        and objections.subject = figures_before.figure
    left join figures as figures_after
        on figures_after.release = 'this'
        and members.unit_uscc = figures_after.uscc
        and members.unit_county_code = figures_after.county_code
        and objections.subject = figures_after.figure
)

select * from final
