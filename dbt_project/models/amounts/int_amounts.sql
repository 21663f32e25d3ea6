{{ config(materialized='view') }}
with enterprise_statistics as (
    select * from {{ ref('int_statistics__rows') }}
    where unit_uscc is not null
),

tax_payments as (
    select * from {{ ref('int_tax__rows') }}
    where unit_uscc is not null
),

pollutant_emissions as (
    select * from {{ ref('int_emissions__rows') }}
    where unit_uscc is not null
),

land_confirmed as (
    select * from {{ ref('int_confirmed__rows') }}
    where unit_uscc is not null
),

final as (
    {%- for measure, columns in measured_columns() | groupby('measure') %}
    select
        uscc,
        roster_county_code as county_code,
        '{{ measure }}' as measure,
        {{ of_row(columns) }} as amount,
        counted,
        source_file,
        source_row_key
    from {{ columns[0].feed }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
