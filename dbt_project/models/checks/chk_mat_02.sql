with members as (
    select * from {{ ref('int_members') }}
    where not merges
),

final as (
    select
        uscc,
        county_code,
        enterprise_name,
        tax_rows
    from members
)

select * from final
