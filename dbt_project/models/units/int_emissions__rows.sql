with attributed_rows as (
    {{ attributed(ref('stg_ecology__pollutant_emissions')) }}
),

final as (
    select
        *,
        case when key_monitored then cod + ammonia_nitrogen + nitrogen_oxides + voc else 0 end as emissions
    from attributed_rows
)

select * from final
