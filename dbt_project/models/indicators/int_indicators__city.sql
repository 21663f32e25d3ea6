with units as (
    select * from {{ ref('int_units') }}
),

surveyed as (
    select territories.*
    from {{ ref('stg_planning__territory_land') }} as territories
    inner join {{ ref('stg_policy__parameters') }} as parameters on territories.territory_code = parameters.city_code
    where territories.territory_type = 'city'
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

unit_sums as (
    select
        {{ total_amounts() }}
    from units
),

sums as (
    select
        run.year,
        unit_sums.*,
        surveyed.land_area_mu
    from run
    cross join unit_sums
    left join surveyed on run.year = surveyed.year
),

granted as (
    select
        {{ total('case when standard_land then area_m2 else 0 end') }} as standard_m2,
        {{ total('area_m2') }} as granted_m2
    from {{ ref('stg_planning__new_industrial_land') }}
    where extract(year from contract_date) = year
),

final as (
    select
        sums.year,
        {{ indicators() }},
        {{ ratio('granted.standard_m2', 'granted.granted_m2') }} * 100 as standard_land_share
    from sums
    cross join granted
)

select * from final
