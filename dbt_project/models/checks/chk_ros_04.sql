with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated and merge_into_uscc is not null
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        merge_into_uscc,
        coalesce(merge_into_county_code, county_code) as merge_into_county_code,
        case when merges then unit_uscc end as target_uscc
    from roster
)

select * from final
