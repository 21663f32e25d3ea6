-- 办法 四(二).
with filings as (
    select * from {{ ref('stg_commission__county_filings') }}
),

results as (
    select * from {{ ref('enterprise_result') }}
    where year = {{ year() }}
),

final as (
    select
        filings.year,
        filings.county_code,
        filings.uscc,
        filings.class as filed_class,
        filings.total_score as filed_total_score,
        filings.document_no,
        results.class,
        results.total_score
    from filings
    left join results on filings.uscc = results.uscc and filings.county_code = results.county_code
)

select * from final
