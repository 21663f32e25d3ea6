with ranks as (
    select * from {{ ref('int_ranks') }}
    where level = 'enterprise'
),

quotas as (
    select
        max(case when class = 'A' then share end) as a,
        max(case when class = 'B' then share end) as b,
        max(case when class = 'C' then share end) as c
    from {{ source('landing', 'policy_quotas') }}
),

county_rules as (
    select * from {{ ref('stg_commission__county_rules') }}
),

counted as (
    select
        year,
        county_code,
        count(*) as classified
    from ranks
    group by year, county_code
),

-- Decimals, since 0.75 x 2 must be 1.5 to the last digit.
shares as (
    select
        counted.*,
        cast(coalesce(county_rules.quota_a, quotas.a) as decimal(9, 4)) as share_a,
        cast(coalesce(county_rules.quota_b, quotas.b) as decimal(9, 4)) as share_b,
        cast(coalesce(county_rules.quota_c, quotas.c) as decimal(9, 4)) as share_c
    from counted
    cross join quotas
    left join county_rules on counted.county_code = county_rules.county_code
),

final as (
    select
        year,
        county_code,
        classified,
        cast(share_a as double) as share_a,
        cast(share_b as double) as share_b,
        cast(share_c as double) as share_c,
        cast(round(share_a * classified / 100) as integer) as last_a,
        cast(round((share_a + share_b) * classified / 100) as integer) as last_b,
        cast(round((share_a + share_b + share_c) * classified / 100) as integer) as last_c
    from shares
)

select * from final
