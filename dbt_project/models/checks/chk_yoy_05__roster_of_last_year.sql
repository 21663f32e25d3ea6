with previous as (
    select * from {{ source('landing', 'previous_enterprise_member') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

roster as (
    select * from {{ ref('stg_commission__enterprise_roster') }}
),

placed as (
    select
        previous.uscc,
        previous.county_code,
        {{ county_today('previous.county_code', 'counties') }} as county_code_today
    from previous
    left join counties on previous.county_code = counties.county_code
),

final as (
    select
        placed.uscc,
        placed.county_code,
        roster.uscc as roster_uscc
    from placed
    left join roster on placed.uscc = roster.uscc and placed.county_code_today = roster.county_code
)

select * from final
