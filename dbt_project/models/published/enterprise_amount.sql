-- It reads the landing, since a figure must be shown as it was delivered and staging has converted it.
{%- set amounts = {
    'enterprise_statistics': {
        'industrial_value_added': 'value_added',
        'operating_revenue': 'revenue',
        'rd_expenditure': 'rd_expenditure',
        'energy_consumption': 'energy',
        'headcount_01': 'average_headcount',
        'headcount_02': 'average_headcount',
        'headcount_03': 'average_headcount',
        'headcount_04': 'average_headcount',
        'headcount_05': 'average_headcount',
        'headcount_06': 'average_headcount',
        'headcount_07': 'average_headcount',
        'headcount_08': 'average_headcount',
        'headcount_09': 'average_headcount',
        'headcount_10': 'average_headcount',
        'headcount_11': 'average_headcount',
        'headcount_12': 'average_headcount',
    },
    'tax_payments': {
        'value_added_tax': 'tax',
        'consumption_tax': 'tax',
        'enterprise_income_tax': 'tax',
        'individual_income_tax': 'tax',
        'property_tax': 'tax',
        'urban_land_use_tax': 'tax',
        'vehicle_vessel_tax': 'tax',
        'land_appreciation_tax': 'tax',
        'stamp_duty': 'tax',
        'urban_construction_tax': 'tax',
        'resource_tax': 'tax',
        'education_surcharge': 'tax',
        'local_education_surcharge': 'tax',
        'policy_relief': 'tax',
    },
    'pollutant_emissions': {
        'cod': 'emissions',
        'ammonia_nitrogen': 'emissions',
        'nitrogen_oxides': 'emissions',
        'voc': 'emissions',
    },
    'land_confirmed': {'confirmed_area_m2': 'confirmed_m2'},
} %}
with members as (
    select * from {{ ref('int_members') }}
),

contract_columns as (
    select * from {{ source('landing', 'feed_column') }}
),

letters as (
    select * from {{ source('landing', 'intake_column') }}
),
{% for feed, columns in amounts.items() %}
{{ feed }}_rows as (
    select * from {{ source('landing', feed) }}
),

attributed_{{ feed }} as (
    {{ attributed(feed ~ '_rows') }}
),

members_{{ feed }} as (
    select
        members.year,
        members.unit_county_code as county_code,
        members.unit_uscc as uscc,
        members.county_code as member_county_code,
        members.uscc as member_uscc,
        {%- for column in columns %}
        cast(attributed_{{ feed }}.{{ column }} as double) as {{ column }},
        {%- endfor %}
        {{ 'attributed_pollutant_emissions.key_monitored' if feed == 'pollutant_emissions' else 'true' }} as counted,
        attributed_{{ feed }}.source_file,
        attributed_{{ feed }}.source_sheet,
        attributed_{{ feed }}.source_row,
        attributed_{{ feed }}.source_row_key
    from attributed_{{ feed }}
    inner join members
        on attributed_{{ feed }}.uscc = members.uscc
        and attributed_{{ feed }}.roster_county_code = members.county_code
),
{% endfor %}
delivered as (
    {%- for feed, columns in amounts.items() %}
    {%- set last_feed = loop.last %}
    {%- for column, measure in columns.items() %}
    select
        year,
        county_code,
        uscc,
        member_county_code,
        member_uscc,
        '{{ feed }}' as feed,
        '{{ column }}' as column_name,
        '{{ measure }}' as measure,
        {{ column }} as delivered,
        counted,
        source_file,
        source_sheet,
        source_row,
        source_row_key
    from members_{{ feed }}
    {%- if not (last_feed and loop.last) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
),

final as (
    select
        delivered.year,
        delivered.county_code,
        delivered.uscc,
        delivered.member_county_code,
        delivered.member_uscc,
        delivered.feed,
        delivered.source_file,
        delivered.source_row_key,
        delivered.column_name,
        contract_columns.position,
        delivered.measure,
        contract_columns.department,
        contract_columns.label_zh,
        delivered.delivered,
        contract_columns.unit_zh as unit,
        delivered.counted,
        delivered.source_sheet,
        letters.letter || delivered.source_row as source_cell
    from delivered
    inner join contract_columns
        on delivered.feed = contract_columns.feed and delivered.column_name = contract_columns.column_name
    left join letters
        on delivered.feed = letters.feed
        and delivered.source_file = letters.file_name
        and delivered.column_name = letters.column_name
)

select * from final
