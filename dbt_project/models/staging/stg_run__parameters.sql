-- The run: its year, cut-off date and day, and the edition of the method in force in that year.
with editions as (
    select * from {{ source('landing', 'policy_editions') }}
    where year = {{ var('year') }}
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
        year,
        edition,
        title,
        document_no,
        cast('{{ var("year") }}-12-31' as date) as cut_off,
        cast('{{ var("as_of") }}' as date) as as_of,
        '{{ var("stage") }}' as stage
    from in_force
    where position = 1
)

select * from final
