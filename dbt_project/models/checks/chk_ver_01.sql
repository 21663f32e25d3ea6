with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

verified as (
    select
        uscc,
        roster_county_code,
        count(*) as verification_rows
    from {{ ref('int_verification__rows') }}
    group by uscc, roster_county_code
),

final as (
    select
        roster.uscc,
        roster.county_code,
        roster.enterprise_name,
        coalesce(verified.verification_rows, 0) as verification_rows
    from roster
    left join verified on roster.uscc = verified.uscc and roster.county_code = verified.roster_county_code
)

select * from final
