-- Every data row of an enterprise with several roster rows, with the roster row that it belongs to (rulebook
-- 1.3). A contract has two parties, each of which counts.
with several as (
    select uscc
    from {{ ref('stg_commission__enterprise_roster') }}
    group by uscc
    having count(*) > 1
),

feeds as (
    select * from {{ ref('stg_run__feeds') }}
),

contracts as (
    select * from {{ ref('int_land__contracts') }}
),

confirmed as (
    {{ attributed(ref('stg_planning__land_confirmed')) }}
),

verified as (
    select * from {{ ref('int_verification__rows') }}
),

attributed_rows as (
    select
        'enterprise_statistics' as feed,
        uscc || '/' || county_code as row_key_values,
        uscc,
        county_code,
        roster_county_code
    from {{ ref('int_statistics__rows') }}
    union all
    select
        'tax_payments' as feed,
        uscc || '/' || county_code as row_key_values,
        uscc,
        county_code,
        roster_county_code
    from {{ ref('int_tax__rows') }}
    union all
    select
        'pollutant_emissions' as feed,
        uscc || '/' || county_code as row_key_values,
        uscc,
        county_code,
        roster_county_code
    from {{ ref('int_emissions__rows') }}
    union all
    select
        'land_parcels' as feed,
        parcel_id || '/' || uscc as row_key_values,
        uscc,
        county_code,
        roster_county_code
    from {{ ref('int_land__parcels') }}
    union all
    select
        'land_confirmed' as feed,
        uscc || '/' || county_code as row_key_values,
        uscc,
        county_code,
        roster_county_code
    from confirmed
    union all
    select
        'county_verification' as feed,
        uscc || '/' || county_code as row_key_values,
        uscc,
        county_code,
        roster_county_code
    from verified
    union all
    select
        'incidents' as feed,
        incident_id as row_key_values,
        uscc,
        county_code,
        roster_county_code
    from {{ ref('int_incidents__rows') }}
    union all
    select
        'land_leases' as feed,
        contract_id as row_key_values,
        lessee_uscc as uscc,
        county_code,
        lessee_county_code as roster_county_code
    from contracts
    union all
    select
        'land_leases' as feed,
        contract_id as row_key_values,
        lessor_uscc as uscc,
        county_code,
        lessor_county_code as roster_county_code
    from contracts
),

final as (
    select
        attributed_rows.feed,
        attributed_rows.row_key_values,
        feeds.department,
        feeds.label_zh,
        attributed_rows.uscc,
        attributed_rows.county_code as named_county_code,
        attributed_rows.roster_county_code
    from attributed_rows
    inner join several on attributed_rows.uscc = several.uscc
    inner join feeds on attributed_rows.feed = feeds.feed
)

select * from final
