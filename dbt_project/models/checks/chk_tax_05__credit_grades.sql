with roster as (
    select
        uscc,
        min(enterprise_name) as enterprise_name
    from {{ ref('int_roster__rows') }}
    where evaluated
    group by uscc
),

tax as (
    select
        uscc,
        count(*) as graded_d
    from {{ ref('stg_tax__tax_payments') }}
    where tax_credit_grade = 'D'
    group by uscc
),

incidents as (
    select
        uscc,
        count(*) as graded_d
    from {{ ref('int_incidents__rows') }}
    where incident_type = 'tax_credit_d' and within_year and uscc is not null
    group by uscc
),

final as (
    select
        roster.uscc,
        roster.enterprise_name,
        coalesce(tax.graded_d, 0) as tax_rows_graded_d,
        coalesce(incidents.graded_d, 0) as incidents_graded_d
    from roster
    left join tax on roster.uscc = tax.uscc
    left join incidents on roster.uscc = incidents.uscc
    where tax.uscc is not null or incidents.uscc is not null
)

select * from final
