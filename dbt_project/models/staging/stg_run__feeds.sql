with contract as (
    select * from {{ source('landing', 'feed_contract') }}
),

files as (
    select * from {{ source('landing', 'intake_file') }}
),

accepted as (
    select
        feed,
        count(*) as accepted_files,
        cast(sum(rows_accepted) as bigint) as accepted_rows
    from files
    where in_force is not null
    group by feed
),

final as (
    select
        contract.year,
        contract.feed,
        contract.department,
        contract.label_zh,
        contract.needed,
        case when contract.may_be_empty then 0 else 1 end as least_rows,
        coalesce(accepted.accepted_files, 0) as accepted_files,
        coalesce(accepted.accepted_rows, 0) as accepted_rows,
        coalesce(accepted.accepted_rows, 0) > 0 as present,
        contract.needed or coalesce(accepted.accepted_rows, 0) > 0 as due
    from contract
    left join accepted on contract.feed = accepted.feed
)

select * from final
