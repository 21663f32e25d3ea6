with delivered as (
    select * from {{ ref('int_sources__rows') }}
),

roster as (
    select * from {{ ref('int_roster__rows') }}
),

counties as (
    select
        uscc,
        county_code,
        county_code as counted_in
    from roster
    union
    select
        uscc,
        county_code,
        counting_home_county_code as counted_in
    from roster
    where counting_home_county_code is not null
),

subjects as (
    select
        'row' as level,
        row_key_values as subject,
        delivered.*
    from delivered
    union all
    select
        'roster_row' as level,
        uscc || '/' || roster_county_code as subject,
        delivered.*
    from delivered
    union all
    select
        'unit' as level,
        roster.unit_uscc || '/' || roster.unit_county_code as subject,
        delivered.*
    from delivered
    inner join roster on delivered.uscc = roster.uscc and delivered.roster_county_code = roster.county_code
    union all
    select
        'enterprise' as level,
        uscc as subject,
        delivered.*
    from delivered
    union all
    select
        'parcel' as level,
        split_part(row_key_values, '/', 1) as subject,
        delivered.*
    from delivered
    where feed = 'land_parcels'
    union all
    select
        'county' as level,
        counties.counted_in as subject,
        delivered.*
    from delivered
    inner join counties
        on delivered.uscc = counties.uscc and delivered.roster_county_code = counties.county_code
    union all
    select
        'county' as level,
        county_code as subject,
        delivered.*
    from delivered
    where uscc is null
),

final as (
    select
        level,
        subject,
        feed,
        source_file,
        source_sheet,
        source_row
    from subjects
    where subject is not null
)

select * from final
