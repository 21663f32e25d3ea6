{{ config(materialized='table') }}
with editions as (
    select * from {{ source('landing', 'policy_editions') }}
),

parameters as (
    select * from {{ source('landing', 'policy_parameters') }}
    where parameter = 'cut_off'
),

run as (
    select * from {{ source('landing', 'run') }}
),

final as (
    select
        run.year,
        {{ required('editions.edition', 'edition in force') }} as edition,
        editions.title,
        editions.document_no,
        cast(run.year || '-' || {{ required('parameters.value', 'cut_off') }} as date) as cut_off,
        run.as_of,
        run.stage
    from run
    left join editions on run.edition = editions.edition
    left join parameters on run.edition = parameters.edition
)

select * from final
