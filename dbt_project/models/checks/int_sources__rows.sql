with contracts as (
    select * from {{ ref('int_land__contracts') }}
),

of_enterprises as (
    {%- for feed, relation, row_key in [
        ('enterprise_statistics', ref('int_statistics__rows'), "uscc || '/' || county_code"),
        ('tax_payments', ref('int_tax__rows'), "uscc || '/' || county_code"),
        ('pollutant_emissions', ref('int_emissions__rows'), "uscc || '/' || county_code"),
        ('land_parcels', ref('int_land__parcels'), "parcel_id || '/' || uscc"),
        ('land_confirmed', ref('int_confirmed__rows'), "uscc || '/' || county_code"),
        ('county_verification', ref('int_verification__rows'), "uscc || '/' || county_code"),
        ('incidents', ref('int_incidents__rows'), 'incident_id'),
    ] %}
    select
        '{{ feed }}' as feed,
        {{ row_key }} as row_key_values,
        uscc,
        county_code,
        roster_county_code,
        source_file,
        source_sheet,
        source_row
    from {{ relation }}
    union all
    {%- endfor %}
    {%- for party in ['lessee', 'lessor'] %}
    select
        'land_leases' as feed,
        contract_id as row_key_values,
        {{ party }}_uscc as uscc,
        county_code,
        {{ party }}_county_code as roster_county_code,
        source_file,
        source_sheet,
        source_row
    from contracts
    union all
    {%- endfor %}
    select
        'honours' as feed,
        uscc || '/' || honour_type || '/' || document_no as row_key_values,
        uscc,
        null as county_code,
        null as roster_county_code,
        source_file,
        source_sheet,
        source_row
    from {{ ref('stg_commission__honours') }}
    union all
    select
        'enterprise_roster' as feed,
        uscc || '/' || county_code as row_key_values,
        uscc,
        county_code,
        county_code as roster_county_code,
        source_file,
        source_sheet,
        source_row
    from {{ ref('stg_commission__enterprise_roster') }}
),

of_others as (
    {%- for feed, relation, row_key, county in [
        ('park_list', ref('stg_commission__park_list'), 'park_code', 'county_code'),
        ('county_statistics', ref('stg_statistics__county_statistics'), 'county_code', 'county_code'),
        ('territory_land', ref('stg_planning__territory_land'), "territory_type || '/' || territory_code",
            "case when territory_type = 'county' then territory_code end"),
        ('waivers', ref('stg_commission__waivers'), "rule_id || '/' || finding_key", 'null'),
        ('group_applications', ref('stg_commission__group_applications'),
            "application_no || '/' || uscc || '/' || county_code", 'null'),
        ('objections', ref('stg_commission__objections'), 'objection_no', 'null'),
        ('county_filings', ref('stg_commission__county_filings'), "uscc || '/' || county_code", 'null'),
        ('improvement_plans', ref('stg_commission__improvement_plans'), "uscc || '/' || county_code", 'null'),
    ] %}
    select
        '{{ feed }}' as feed,
        {{ row_key }} as row_key_values,
        null as uscc,
        {{ county }} as county_code,
        null as roster_county_code,
        source_file,
        source_sheet,
        source_row
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select * from of_enterprises
    union all
    select * from of_others
)

select * from final
