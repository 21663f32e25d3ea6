with attributed_rows as (
    {{ attributed(ref('stg_tax__tax_payments')) }}
),

members as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

final as (
    select
        attributed_rows.*,
        members.unit_county_code,
        members.unit_uscc,
        true as counted
    from attributed_rows
    left join members
        on attributed_rows.uscc = members.uscc and attributed_rows.roster_county_code = members.county_code
)

select * from final
