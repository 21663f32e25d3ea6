with members as (
    select * from {{ ref('int_members') }}
),

land as (
    select * from {{ ref('int_land__members') }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

taxpayers as (
    select
        uscc,
        roster_county_code,
        {{ joined('taxpayer_name', '、', distinct=true) }} as taxpayer_name
    from {{ ref('int_tax__rows') }}
    group by uscc, roster_county_code
),

final as (
    select
        members.year,
        members.county_code,
        members.uscc,
        members.unit_county_code,
        members.unit_uscc,
        members.enterprise_name,
        taxpayers.taxpayer_name,
        roster.home_county_code,
        roster.listed_park_code as park_code,
        case when members.merges then roster.merge_reason end as merge_reason,
        roster.above_scale_since,
        roster.suspended_since,
        roster.transition_type,
        roster.transition_since,
        roster.transition_year,
        roster.transition_years,
        land.registered_m2,
        land.leased_in_m2,
        land.leased_out_m2,
        land.not_counted_m2,
        land.computed_m2,
        land.confirmed_m2,
        land.land_area_m2,
        {{ mu_of_m2('land.land_area_m2') }} as land_area_mu,
        members.value_added,
        members.tax,
        members.average_headcount,
        members.energy,
        members.emissions,
        members.revenue,
        members.rd_expenditure,
        roster.source_file,
        roster.source_sheet,
        roster.source_row_key
    from members
    inner join land on members.uscc = land.uscc and members.county_code = land.county_code
    inner join roster on members.uscc = roster.uscc and members.county_code = roster.county_code
    left join taxpayers
        on members.uscc = taxpayers.uscc and members.county_code = taxpayers.roster_county_code
)

select * from final
