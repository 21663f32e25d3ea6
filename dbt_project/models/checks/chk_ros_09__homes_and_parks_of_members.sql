with roster as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

members as (
    select * from roster
    where merges and not branch_elsewhere
),

final as (
    {%- for column, label in [('home_county_code', '属地区县'), ('park_code', '园区')] %}
    select
        members.uscc,
        members.county_code,
        members.enterprise_name,
        '{{ label }}' as label,
        members.{{ column }} as member_code,
        targets.{{ column }} as target_code,
        targets.uscc as target_uscc,
        targets.county_code as target_county_code
    from members
    inner join roster as targets
        on members.unit_uscc = targets.uscc and members.unit_county_code = targets.county_code
    where members.{{ column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
