-- The single values of the edition as one row, each by its own name.
with source as (
    select * from {{ source('landing', 'policy_parameters') }}
    where year = {{ var('year') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

final as (
    select
        source.year,
        source.edition,
        max(case when parameter = 'standard_scope' then value end) as standard_scope,
        max(case when parameter = 'zero_value' then value end) as zero_value,
        max(case when parameter = 'missing_value' then value end) as missing_value,
        cast(max(case when parameter = 'score_decimals' then value end) as integer) as score_decimals,
        cast(max(case when parameter = 'not_counted_years' then value end) as integer) as not_counted_years,
        cast(max(case when parameter = 'suspension_years' then value end) as integer) as suspension_years,
        cast(max(case when parameter = 'bonus_cap' then value end) as double) as bonus_cap,
        cast(max(case when parameter = 'deduction_cap_enterprise' then value end) as double)
            as deduction_cap_enterprise,
        cast(max(case when parameter = 'deduction_cap_territory' then value end) as double)
            as deduction_cap_territory,
        cast(max(case when parameter = 'demonstration_size' then value end) as integer) as demonstration_size,
        max(case when parameter = 'city_code' then value end) as city_code
    from source
    inner join run on source.edition = run.edition
    group by source.year, source.edition
)

select * from final
