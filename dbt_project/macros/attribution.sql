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
