with source as (
    select * from {{ source('landing', 'policy_counties') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

final as (
    select
        source.year,
        source.county_code,
        source.county_name,
        source.region,
        source.successor,
        coalesce(source.valid_from, run.cut_off) <= run.cut_off
        and coalesce(source.valid_to, run.cut_off) >= run.cut_off as in_force
    from source
    cross join run
)

select * from final
