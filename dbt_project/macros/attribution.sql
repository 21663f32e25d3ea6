{#- Rows of a feed with the roster row they belong to (rulebook 1.3): `roster_county_code` is null for a row
    that belongs to none. Two joins on plain equality, since an OR would compare every row with every other. -#}
{% macro attributed(rows, uscc='uscc', county='roster_county_code') -%}
select
    feed_rows.*,
    coalesce(only_row.county_code, named_row.county_code) as {{ county }}
from {{ rows }} as feed_rows
left join {{ ref('int_roster__lookup') }} as only_row
    on feed_rows.{{ uscc }} = only_row.uscc and only_row.named_county_code = 'any'
left join {{ ref('int_roster__lookup') }} as named_row
    on feed_rows.{{ uscc }} = named_row.uscc and feed_rows.county_code = named_row.named_county_code
{%- endmacro %}

{#- Rows of a feed with the unit of the evaluated roster row they belong to, null for a row that belongs to none, and
    whether their amounts are added up. -#}
{% macro of_units(rows, counted='true') -%}
with attributed_rows as (
    {{ attributed(rows) }}
),

members as (
    select * from {{ ref('int_roster__rows') }}
    where evaluated
),

final as (
    select
        attributed_rows.*,
        members.unit_county_code,
        members.unit_uscc,
        {{ counted }} as counted
    from attributed_rows
    left join members
        on attributed_rows.uscc = members.uscc and attributed_rows.roster_county_code = members.county_code
)

select * from final
{%- endmacro %}
