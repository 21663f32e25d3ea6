{#- Figures that a simulation puts in the place of a unit's computed ones (rulebook 13.2). A run has none. -#}

{#- What may be changed of a unit: what its results are made of. -#}
{% macro changeable_figures() -%}
  {{ return(['land_area_mu', 'bonus', 'deduction'] + (measures() | reject('in', ['confirmed_m2', 'emissions']) | list)) }}
{%- endmacro %}

{#- The changes of each unit: for each figure whether it is changed, and to what; missing is a value too. -#}
{% macro changes_by_unit() -%}
    select
        county_code,
        uscc
        {%- for figure in changeable_figures() %},
        max(case when figure = '{{ figure }}' then 1 else 0 end) = 1 as changes_{{ figure }},
        max(case when figure = '{{ figure }}' then value end) as {{ figure }}
        {%- endfor %}
    from {{ source('landing', 'changed_figure') }}
    group by county_code, uscc
{%- endmacro %}

{#- A figure as it is changed, else as it was computed. -#}
{% macro changed(figure, computed, new=none) -%}
    case when changes.changes_{{ figure }} then {{ new or 'changes.' ~ figure }} else {{ computed }} end
{%- endmacro %}
