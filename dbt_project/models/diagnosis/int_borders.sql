with ranks as (
    select * from {{ ref('int_ranks') }}
    where level = 'enterprise'
),

borders as (
    select * from {{ ref('int_class_borders') }}
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

placed as (
    select
        ranks.year,
        ranks.county_code,
        ranks.code as uscc,
        ranks.rank,
        ranks.total_score,
        borders.classified,
        borders.last_a,
        borders.last_b,
        borders.last_c,
        row_number() over (partition by ranks.county_code order by ranks.total_score desc, ranks.code) as place
    from ranks
    inner join borders on ranks.county_code = borders.county_code
),

-- The last place of the class above, and the first after one's own class.
between_classes as (
    select
        *,
        case when rank > last_c then last_c when rank > last_b then last_b when rank > last_a then last_a end
            as place_above,
        case when rank <= last_a then last_a when rank <= last_b then last_b when rank <= last_c then last_c end + 1
            as place_below
    from placed
),

-- Whoever holds the last place of the class above may share a rank that is in a class still better.
bordered as (
    select
        units.year,
        units.county_code,
        units.uscc,
        units.classified,
        units.rank,
        units.total_score,
        case
            when above.rank <= units.last_a then 'A'
            when above.rank <= units.last_b then 'B'
            when above.rank <= units.last_c then 'C'
        end as next_class,
        above.total_score as next_class_total,
        below.total_score as lower_border_total
    from between_classes as units
    left join placed as above on units.county_code = above.county_code and units.place_above = above.place
    left join placed as below on units.county_code = below.county_code and units.place_below = below.place
),

final as (
    select
        bordered.*,
        {{ rounded('bordered.next_class_total - bordered.total_score', 'parameters.score_decimals') }} as points_missing
    from bordered
    cross join parameters
)

select * from final
