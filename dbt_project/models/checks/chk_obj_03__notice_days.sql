with notices as (
    select * from {{ source('landing', 'notice_release') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
    where stage = 'final'
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

final as (
    select
        run.year,
        notices.as_of as noticed_on,
        run.as_of as final_on,
        {{ working_days_between('notices.as_of', 'run.as_of') }} as working_days,
        parameters.notice_days
    from run
    inner join notices on run.year = notices.year
    cross join parameters
)

select * from final
