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
    {%- for feed in measured_columns() | map(attribute='feed') | unique %}
    select
        year,
        unit_county_code as county_code,
        unit_uscc as uscc,
        roster_county_code as member_county_code,
        uscc as member_uscc,
        '{{ feed }}' as feed,
        source_file,
        source_row_key,
        {{ delivered_figures(feed) }} as delivered,
        counted,
        source_sheet,
        source_row
    from {{ feed }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
