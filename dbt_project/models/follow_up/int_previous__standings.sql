with previous as (
    select * from {{ source('landing', 'previous_enterprise_result') }}
),

counties as (
    select * from {{ ref('stg_policy__counties') }}
),

placed as (
    select
        previous.*,
        {{ county_today('previous.county_code', 'counties') }} as county_code_today
    from previous
    left join counties on previous.county_code = counties.county_code
),

-- Of two that meet in one successor, the better one stands for both.
numbered as (
    select
        *,
        row_number() over (
            partition by uscc, county_code_today order by total_score desc nulls last, county_code
        ) as place
    from placed
),

final as (
    select
        year,
        uscc,
        county_code_today as county_code,
        enterprise_name,
        class,
        total_score,
        veto_reason
    from numbered
    where place = 1
)

select * from final
