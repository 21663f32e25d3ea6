with lessees as (
    {{ attributed(ref('stg_planning__land_leases'), uscc='lessee_uscc', county='lessee_county_code') }}
),

parties as (
    {{ attributed('lessees', uscc='lessor_uscc', county='lessor_county_code') }}
),

run as (
    select * from {{ ref('stg_run__parameters') }}
),

final as (
    select
        parties.*,
        case
            when parties.object_type = 'multi_storey'
                then parties.area_m2 / nullif(parties.project_floor_area_m2, 0) * parties.project_land_area_m2
            else parties.area_m2
        end as land_m2,
        case
            when not coalesce(parties.starts_on <= run.cut_off, false) then 'not_yet_started'
            when parties.ends_on < run.cut_off then 'ended'
            else 'in_force'
        end as term
    from parties
    cross join run
)

select * from final
