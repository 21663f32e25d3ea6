-- Rulebook 1.5, 1.6; 说明 一.1.
with bases as (
    select * from {{ ref('int_territories__sites') }}
),

territories as (
    select * from {{ ref('int_territories__sums') }}
),

parks as (
    select * from {{ ref('stg_commission__park_list') }}
),

sites as (
    select * from {{ ref('int_sites') }}
),

members as (
    select * from {{ ref('int_members') }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

divided as (
    select distinct
        unit_county_code,
        unit_uscc
    from members
    where branch_elsewhere
),

based as (
    select
        bases.*,
        coalesce(parks.county_code, territories.code) as territory_county_code
    from bases
    inner join territories on bases.level = territories.level and bases.code = territories.code
    left join parks on territories.level = 'park' and territories.code = parks.park_code
),

final as (
    select
        based.year,
        based.level,
        based.code,
        based.territory_county_code as county_code,
        sites.unit_county_code,
        sites.unit_uscc,
        sites.county_code as member_county_code,
        sites.uscc as member_uscc,
        members.enterprise_name,
        case
            when sites.unit_county_code = based.territory_county_code then 'own'
            when
                based.territory_county_code in (sites.county_code, sites.counting_home_county_code)
                then case when sites.branch_elsewhere then 'branch' else 'home' end
            else 'other'
        end as belonging,
        divided.unit_uscc is null as whole,
        sites.park_code,
        sites.land_area_mu,
        sites.value_added,
        sites.tax,
        sites.average_headcount,
        sites.energy,
        sites.emissions,
        sites.revenue,
        sites.rd_expenditure,
        results.treatment,
        case when based.territory_county_code = sites.unit_county_code or not sites.branch_elsewhere
            then results.veto_reason
        end as veto_reason,
        results.total_score,
        results.class
    from based
    inner join sites on based.uscc = sites.uscc and based.county_code = sites.county_code
    inner join members on sites.uscc = members.uscc and sites.county_code = members.county_code
    inner join results on sites.unit_uscc = results.uscc and sites.unit_county_code = results.county_code
    left join divided
        on sites.unit_uscc = divided.unit_uscc and sites.unit_county_code = divided.unit_county_code
)

select * from final
