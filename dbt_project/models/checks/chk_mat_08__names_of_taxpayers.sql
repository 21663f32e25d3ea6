with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

verified as (
    select * from {{ ref('int_verification__rows') }}
),

tax as (
    select * from {{ ref('int_tax__rows') }}
),

final as (
    select
        roster.uscc,
        roster.county_code,
        roster.enterprise_name,
        verified.taxpayer_name as verified_name,
        tax.taxpayer_name
    from roster
    inner join verified on roster.uscc = verified.uscc and roster.county_code = verified.roster_county_code
    inner join tax on roster.uscc = tax.uscc and roster.county_code = tax.roster_county_code
)

select * from final
