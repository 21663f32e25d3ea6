with applications as (
    select * from {{ ref('int_groups__applications') }}
    where has_result
),

members as (
    select * from {{ ref('int_groups__members') }}
),

units as (
    select * from {{ ref('int_units') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

sums as (
    select
        members.application_no,
        {{ total('units.land_area_mu') }} as land_area_mu,
        {{ total_amounts('units') }}
    from members
    inner join units on members.uscc = units.uscc and members.county_code = units.county_code
    group by members.application_no
),

rows_of_members as (
    select
        members.application_no,
        of_units.*
    from members
    inner join {{ ref('int_members') }} as of_units
        on members.uscc = of_units.unit_uscc and members.county_code = of_units.unit_county_code
),

holders as (
    select distinct
        application_no,
        uscc
    from rows_of_members
),

honours as (
    select
        holders.application_no,
        {{ total('titles.points') }} as points
    from holders
    inner join {{ ref('int_honours__rows') }} as titles on holders.uscc = titles.uscc
    where titles.within_year
    group by holders.application_no
),

incidents as (
    select
        application_no,
        {{ total('incident_points') }} as points
    from rows_of_members
    group by application_no
),

final as (
    select
        applications.year,
        applications.application_no,
        applications.evaluating_county_code,
        applications.region,
        sums.{{ all_but(['application_no']) }},
        least(coalesce(honours.points, 0), parameters.bonus_cap) as bonus,
        least(incidents.points, parameters.deduction_cap_enterprise) as deduction
    from applications
    cross join parameters
    inner join sums on applications.application_no = sums.application_no
    inner join incidents on applications.application_no = incidents.application_no
    left join honours on applications.application_no = honours.application_no
)

select * from final
