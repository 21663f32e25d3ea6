{{ config(materialized='table') }}
with editions as (
    select * from {{ source('landing', 'policy_editions') }}
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
        cast('{{ year() }}-12-31' as date) as cut_off,
        run.as_of,
        run.stage
    from run
    left join editions on run.edition = editions.edition
)

select * from final
