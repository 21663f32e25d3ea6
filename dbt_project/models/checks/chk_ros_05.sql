with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated and transition_type is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        transition_since,
        transition_year,
        transition_years
    from roster
)

select * from final
