with placed as (
    select * from {{ ref('int_previous__placed') }}
),

-- Of two that meet in one successor, the better one stands for both.
numbered as (
    select
        *,
        row_number() over (
            partition by uscc, county_code_today order by total_score desc nulls last, county_code
        ) as place
    from placed
),

final as (
    select
        year,
        uscc,
        county_code_today as county_code,
        enterprise_name,
        class,
        total_score,
        veto_reason
    from numbered
    where place = 1
)

select * from final
