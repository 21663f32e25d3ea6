with attributed_rows as (
    {{ attributed(ref('stg_commission__county_verification')) }}
),

final as (
    select * from attributed_rows
)

select * from final
