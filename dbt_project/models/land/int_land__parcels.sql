with holdings as (
    select * from {{ ref('int_land__holdings') }}
),

relief as (
    select * from {{ ref('int_land__relief') }}
),

reasoned as (
    select
        holdings.* exclude (first_reason),
        case
            when holdings.first_reason = 'newly_granted' and relief.keeps_new_land then 'only_land'
            else holdings.first_reason
        end as reason
    from holdings
    left join relief
        on holdings.uscc = relief.uscc and holdings.roster_county_code = relief.county_code
),

final as (
    select
        *,
        reason in ('counted', 'only_land', 'newly_granted') as registered,
        reason in ('counted', 'only_land') as counted
    from reasoned
)

select * from final
