with holdings as (
    select * from {{ ref('int_land__holdings') }}
),

relief as (
    select * from {{ ref('int_land__relief') }}
),

reasoned as (
    select
        holdings.year,
        holdings.parcel_id,
        holdings.uscc,
        holdings.holder_name,
        holdings.county_code,
        holdings.roster_county_code,
        holdings.land_use,
        holdings.area_m2,
        holdings.contract_date,
        holdings.registered_on,
        holdings.ended_on,
        holdings.source_file,
        holdings.source_sheet,
        holdings.source_row,
        holdings.source_row_key,
        case
            when holdings.first_reason = 'newly_granted' and relief.keeps_new_land then 'only_land'
            else holdings.first_reason
        end as reason
    from holdings
    left join relief
        on holdings.uscc = relief.uscc and holdings.roster_county_code = relief.county_code
),

final as (
    select
        *,
        reason in ('counted', 'only_land', 'newly_granted') as registered,
        reason in ('counted', 'only_land') as counted
    from reasoned
)

select * from final
