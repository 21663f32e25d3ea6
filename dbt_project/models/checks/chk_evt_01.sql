with run as (
    select * from {{ ref('stg_run__parameters') }}
),

feeds as (
    select * from {{ ref('stg_run__feeds') }}
),

events as (
    select
        'honours' as feed,
        uscc || '/' || honour_type || '/' || document_no as row_key_values,
        awarded_on as event_on
    from {{ ref('stg_commission__honours') }}
    union all
    select
        'incidents' as feed,
        incident_id as row_key_values,
        occurred_on as event_on
    from {{ ref('stg_commission__incidents') }}
),

final as (
    select
        events.feed,
        events.row_key_values,
        feeds.label_zh,
        events.event_on,
        extract(year from events.event_on) as event_year,
        run.year as evaluation_year
    from events
    cross join run
    inner join feeds on events.feed = feeds.feed
)

select * from final
