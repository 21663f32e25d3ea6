-- Rulebook 11.1; 意见 三(二)3, 4.
with measures as (
    select * from {{ ref('stg_commission__measures') }}
),

targets as (
    select * from {{ ref('measure_target') }}
    where year = {{ year() }}
),

counted as (
    select
        measure_no,
        count(*) as applied
    from targets
    group by measure_no
),

final as (
    select
        measures.year,
        measures.measure_no,
        measures.applies_to,
        measures.county_code,
        measures.class,
        measures.rank_from,
        measures.rank_to,
        measures.field,
        measures.measure,
        measures.executed_by,
        measures.basis,
        measures.valid_from,
        measures.valid_to,
        coalesce(counted.applied, 0) as applied
    from measures
    left join counted on measures.measure_no = counted.measure_no
)

select * from final
