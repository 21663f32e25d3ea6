with attributed_rows as (
    {{ attributed(ref('stg_statistics__enterprise_statistics')) }}
),

final as (
    select
        *,
        (
            headcount_01 + headcount_02 + headcount_03 + headcount_04 + headcount_05 + headcount_06
            + headcount_07 + headcount_08 + headcount_09 + headcount_10 + headcount_11 + headcount_12
        ) / 12 as average_headcount
    from attributed_rows
)

select * from final
