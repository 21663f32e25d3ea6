with several as (
    select uscc
    from {{ ref('stg_commission__enterprise_roster') }}
    group by uscc
    having count(*) > 1
),

feeds as (
    select * from {{ ref('stg_run__feeds') }}
),

delivered as (
    select * from {{ ref('int_sources__rows') }}
    where feed not in ('enterprise_roster', 'honours')
),

final as (
    select
        delivered.feed,
        delivered.row_key_values,
        feeds.department,
        feeds.label_zh,
        delivered.uscc,
        delivered.county_code as named_county_code,
        delivered.roster_county_code
    from delivered
    inner join several on delivered.uscc = several.uscc
    inner join feeds on delivered.feed = feeds.feed
)

select * from final
