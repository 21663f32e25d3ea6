with figures as (
    select * from {{ ref('int_notice__figures') }}
    where value is not null
),

run as (
    select * from {{ ref('stg_run__parameters') }}
    where stage = 'final'
),

members as (
    select * from {{ ref('int_members') }}
),

objections as (
    select * from {{ ref('objection') }}
    where year = {{ year() }} and decision in ('upheld', 'partly')
),

units as (
    select * from {{ ref('int_units') }}
),

subjects as (
    select * from {{ source('landing', 'feed_code') }}
    where subject = 'subject'
),

-- What an objection of a member has moved needs no other reason.
objected as (
    select distinct
        members.unit_uscc,
        members.unit_county_code,
        objections.subject
    from objections
    inner join members on objections.uscc = members.uscc and objections.county_code = members.county_code
),

final as (
    select
        units.uscc,
        units.county_code,
        figures.figure,
        units.enterprise_name,
        subjects.label_zh as figure_zh,
        noticed.value as noticed_value,
        figures.value as value_now,
        case figures.figure
            when 'land_area_mu' then 'planning'
            when 'tax' then 'tax'
            when 'events' then 'commission'
            else 'statistics'
        end as department,
        case figures.figure
            when 'land_area_mu' then 'land_parcels'
            when 'tax' then 'tax_payments'
            when 'events' then 'incidents'
            else 'enterprise_statistics'
        end as feed
    from figures
    inner join run on figures.year = run.year
    inner join figures as noticed
        on noticed.release = 'notice'
        and figures.uscc = noticed.uscc
        and figures.county_code = noticed.county_code
        and figures.figure = noticed.figure
    inner join units on figures.uscc = units.uscc and figures.county_code = units.county_code
    left join subjects on figures.figure = subjects.code
    left join objected
        on figures.uscc = objected.unit_uscc
        and figures.county_code = objected.unit_county_code
        and figures.figure = objected.subject
    where figures.release = 'this' and objected.subject is null
)

select * from final
