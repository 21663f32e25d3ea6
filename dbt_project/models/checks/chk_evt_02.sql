with roster as (
    select distinct uscc from {{ ref('stg_commission__enterprise_roster') }}
),

feeds as (
    select * from {{ ref('stg_run__feeds') }}
),

events as (
    select
        'honours' as feed,
        uscc || '/' || honour_type || '/' || document_no as row_key_values,
        uscc
    from {{ ref('stg_commission__honours') }}
    union all
    select
        'incidents' as feed,
        incident_id as row_key_values,
        uscc
    from {{ ref('stg_commission__incidents') }}
    where uscc is not null
),

final as (
    select
        events.feed,
        events.row_key_values,
        feeds.label_zh,
        events.uscc,
        roster.uscc as roster_uscc
    from events
    inner join feeds on events.feed = feeds.feed
    left join roster on events.uscc = roster.uscc
)

select * from final
