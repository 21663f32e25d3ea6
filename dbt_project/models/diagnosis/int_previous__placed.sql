with previous as (
    select * from {{ source('landing', 'previous_enterprise_result') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

final as (
    select
        previous.*,
        {{ county_today('previous.county_code', 'counties') }} as county_code_today
    from previous
    left join counties on previous.county_code = counties.county_code
)

select * from final
