with progress as (
    select * from {{ ref('improvement_progress') }}
    where year = {{ year() }} and previous_class in ('C', 'D')
),

feeds as (
    select * from {{ ref('stg_run__feeds') }}
    where feed = 'improvement_plans' and accepted_files > 0
),

final as (
    select
        progress.uscc,
        progress.county_code,
        progress.enterprise_name,
        progress.previous_class,
        progress.batch
    from progress
    inner join feeds on progress.year = feeds.year
)

select * from final
