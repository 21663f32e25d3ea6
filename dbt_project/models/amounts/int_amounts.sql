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
    {%- set last_measure = loop.last %}
    {%- for column in columns %}
    select
        year,
        unit_county_code,
        unit_uscc,
        uscc,
        roster_county_code as county_code,
        '{{ column.feed }}' as feed,
        '{{ column.column_name }}' as column_name,
        '{{ measure }}' as measure,
        delivered_{{ column.column_name }} as delivered,
        {{ column.column_name }} as amount,
        {{ of_row(columns) if loop.first else 'cast(null as double)' }} as row_amount,
        counted,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from {{ column.feed }}
    {%- if not (last_measure and loop.last) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
)

select * from final
