with run as (
    select * from {{ ref('stg_run__parameters') }}
),

feeds as (
    select * from {{ ref('stg_run__feeds') }}
),

roster as (
    select distinct uscc from {{ ref('stg_commission__enterprise_roster') }}
),

events as (
    select
        'honours' as feed,
        uscc || '/' || honour_type || '/' || document_no as row_key_values,
        uscc,
        awarded_on as event_on
    from {{ ref('stg_commission__honours') }}
    union all
    select
        'incidents' as feed,
        incident_id as row_key_values,
        uscc,
        occurred_on as event_on
    from {{ ref('stg_commission__incidents') }}
),

final as (
    select
        events.feed,
        events.row_key_values,
        feeds.label_zh,
        events.uscc,
        roster.uscc as roster_uscc,
        events.event_on,
        cast(extract(year from events.event_on) as bigint) as event_year,
        run.year as evaluation_year
    from events
    cross join run
    inner join feeds on events.feed = feeds.feed
    left join roster on events.uscc = roster.uscc
)

select * from final
