-- Rulebook 11.1; 意见 三(二)3, 4. The results of a year are applied in the year after.
with measures as (
    select * from {{ ref('stg_commission__measures') }}
    where
        extract(year from valid_from) <= year + 1
        and (valid_to is null or extract(year from valid_to) >= year + 1)
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

counties as (
    select * from {{ ref('county_result') }}
    where year = {{ year() }}
),

parks as (
    select * from {{ ref('park_result') }}
    where year = {{ year() }}
),

results_of_all as (
    select
        'enterprise' as level,
        uscc || '/' || county_code as code,
        county_code,
        enterprise_name as name,
        class,
        rank
    from results
    union all
    select
        'county' as level,
        county_code as code,
        county_code,
        name,
        null as class,
        rank
    from counties
    union all
    select
        'park' as level,
        park_code as code,
        county_code,
        name,
        null as class,
        rank
    from parks
),

final as (
    select
        measures.year,
        measures.measure_no,
        measures.applies_to as level,
        results_of_all.code,
        results_of_all.county_code,
        results_of_all.name,
        results_of_all.class,
        results_of_all.rank
    from measures
    inner join results_of_all
        on measures.applies_to = results_of_all.level
        and coalesce(measures.county_code, results_of_all.county_code) = results_of_all.county_code
    where
        case
            when measures.applies_to = 'enterprise' then measures.class = results_of_all.class
            else results_of_all.rank between measures.rank_from and measures.rank_to
        end
)

select * from final
