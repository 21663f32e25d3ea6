with statistics as (
    select
        uscc,
        min(enterprise_name) as enterprise_name
    from {{ ref('stg_statistics__enterprise_statistics') }}
    group by uscc
),

roster as (
    select distinct uscc from {{ ref('stg_commission__enterprise_roster') }}
),

final as (
    select
        statistics.uscc,
        statistics.enterprise_name,
        roster.uscc as roster_uscc
    from statistics
    left join roster on statistics.uscc = roster.uscc
)

select * from final
