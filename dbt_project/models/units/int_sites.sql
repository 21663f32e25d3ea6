with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

land as (
    select * from {{ ref('int_land__members') }}
),

members as (
    select * from {{ ref('int_members') }}
),

sums as (
    select
        members.site_county_code as county_code,
        members.site_uscc as uscc,
        {{ total_amounts('members') }},
        {{ mu_of_m2(total('land.land_area_m2')) }} as land_area_mu
    from members
    inner join land on members.uscc = land.uscc and members.county_code = land.county_code
    group by members.site_county_code, members.site_uscc
),

-- What lies in other counties stays there when a figure of the whole unit is changed.
branches as (
    select
        members.unit_county_code as county_code,
        members.unit_uscc as uscc,
        {{ total_amounts('members') }},
        {{ mu_of_m2(total('land.land_area_m2')) }} as land_area_mu
    from members
    inner join land on members.uscc = land.uscc and members.county_code = land.county_code
    where members.branch_elsewhere
    group by members.unit_county_code, members.unit_uscc
),

changes as (
    {{ changes_by_unit() }}
),

final as (
    select
        roster.year,
        roster.county_code,
        roster.uscc,
        roster.unit_county_code,
        roster.unit_uscc,
        roster.branch_elsewhere,
        roster.counting_home_county_code,
        roster.listed_park_code as park_code,
        sums.emissions
        {%- for figure in changeable_figures() | reject('in', ['bonus', 'deduction']) %},
        {{ changed(figure, 'sums.' ~ figure, 'changes.' ~ figure ~ ' - coalesce(branches.' ~ figure ~ ', 0)') }} as {{ figure }}
        {%- endfor %}
    from roster
    inner join sums on roster.uscc = sums.uscc and roster.county_code = sums.county_code
    left join branches on roster.uscc = branches.uscc and roster.county_code = branches.county_code
    left join changes on roster.uscc = changes.uscc and roster.county_code = changes.county_code
    where roster.branch_elsewhere or not roster.merges
)

select * from final
