with source as (
    select * from {{ source('landing', 'policy_parameters') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

final as (
    select source.*
    from source
    inner join run on source.edition = run.edition
)

select * from final
