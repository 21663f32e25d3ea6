with results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }} and treatment = 'classified'
),

classes as (
    select
        county_code,
        class,
        min(total_score) as lowest_in_class,
        max(total_score) as highest_in_class
    from results
    group by county_code, class
),

final as (
    select
        better.county_code,
        better.class,
        better.lowest_in_class,
        max(worse.highest_in_class) as highest_below
    from classes as better
    inner join classes as worse on better.county_code = worse.county_code
    where better.class < worse.class
    group by better.county_code, better.class, better.lowest_in_class
)

select * from final
