with units as (
    select * from {{ ref('int_units') }}
    where treatment <> 'vetoed'
),

unit_values as (
    select * from {{ ref('int_indicators__units') }}
),

territories as (
    select * from {{ ref('int_territories__sums') }}
),

territory_values as (
    select * from {{ ref('int_indicators__territories') }}
),

weights as (
    select * from {{ source('landing', 'policy_weights') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

scored as (
    select
        units.year,
        'enterprise' as level,
        units.county_code,
        units.uscc as code,
        units.region,
        case parameters.standard_scope when 'region' then units.region else units.county_code end as group_code,
        units.emissions,
        unit_values.value_added_per_mu,
        unit_values.tax_per_mu,
        unit_values.labour_productivity,
        unit_values.value_added_per_energy,
        unit_values.value_added_per_emission,
        unit_values.rd_intensity
    from units
    cross join parameters
    inner join unit_values on units.uscc = unit_values.uscc and units.county_code = unit_values.county_code
    union all
    select
        territories.year,
        territories.level,
        '' as county_code,
        territories.code,
        territories.region,
        territories.region as group_code,
        territories.emissions,
        territory_values.value_added_per_mu,
        territory_values.tax_per_mu,
        territory_values.labour_productivity,
        territory_values.value_added_per_energy,
        territory_values.value_added_per_emission,
        territory_values.rd_intensity
    from territories
    inner join territory_values
        on territories.level = territory_values.level and territories.code = territory_values.code
),

final as (
    select
        scored.year,
        scored.level,
        scored.county_code,
        scored.code,
        scored.region,
        scored.group_code,
        weights.indicator,
        cast(weights.weight as double) as weight,
        case weights.indicator
            when 'value_added_per_mu' then scored.value_added_per_mu
            when 'tax_per_mu' then scored.tax_per_mu
            when 'labour_productivity' then scored.labour_productivity
            when 'value_added_per_energy' then scored.value_added_per_energy
            when 'value_added_per_emission' then scored.value_added_per_emission
            when 'rd_intensity' then scored.rd_intensity
        end as value,
        weights.indicator = 'value_added_per_emission' and scored.emissions = 0 as emits_nothing
    from scored
    inner join weights on scored.level = weights.level and scored.region = weights.region
)

select * from final
