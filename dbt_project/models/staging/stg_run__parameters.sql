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

in_force as (
    select
        *,
        row_number() over (order by first_year desc) as position
    from editions
    where first_year <= year and coalesce(last_year, year) >= year
),

final as (
    select
        run.year,
        {{ required('in_force.edition', 'edition in force') }} as edition,
        in_force.title,
        in_force.document_no,
        cast(run.year || '-' || {{ required('parameters.value', 'cut_off') }} as date) as cut_off,
        run.as_of,
        run.stage
    from run
    left join in_force on run.year = in_force.year and in_force.position = 1
    left join parameters on in_force.edition = parameters.edition
)

select * from final
