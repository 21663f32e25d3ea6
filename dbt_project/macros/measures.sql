{#- What a figure of a department contributes to (`measure`): the contract says it, and the models take it from the
    landing. A measure is named as the column of the models that holds it. -#}

{#- The columns of a feed that contribute to a measure, in the order of the contract; of all feeds where none is
    named: feed, column_name, position, measure, averaged, money. They are read once for all models. -#}
{% macro measured_columns(feed=none) -%}
  {%- do source('landing', 'feed_column') -%}
  {%- if not execute -%}
    {{ return([]) }}
  {%- endif -%}
  {%- if 'measured' not in graph -%}
    {%- set measured = [] -%}
    {%- for row in run_query(
      "select feed, column_name, position, measure, averaged, published_unit = 'wan_yuan' from ("
      ~ landed('feed_column') ~ ") where measure is not null order by feed, position") -%}
      {%- do measured.append({
        'feed': row[0], 'column_name': row[1], 'position': row[2], 'measure': row[3], 'averaged': row[4],
        'money': row[5],
      }) -%}
    {%- endfor -%}
    {%- do graph.update({'measured': measured}) -%}
  {%- endif -%}
  {{ return(graph['measured'] if feed is none else graph['measured'] | selectattr('feed', 'equalto', feed) | list) }}
{%- endmacro %}

{#- The figures of a feed that contribute to a measure, as delivered and in the unit of the measure: the published
    one, or the delivered one where the measure is `published` in no other. -#}
{% macro measured_figures(feed, published=true) -%}
  {%- set columns = measured_columns(feed) -%}
  {%- if execute and not columns -%}
    {{ exceptions.raise_compiler_error('The contract of ' ~ year() ~ ' in ' ~ home() ~ ' has no column of ' ~ feed
      ~ ' that contributes to a measure. Run the year by mujun run.') }}
  {%- endif -%}
  {%- for column in columns | map(attribute='column_name') %}
        {{ column }} as delivered_{{ column }},
        {{ published_unit(feed, column) if published else column }} as {{ column }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{#- What a row gives of a measure: its figures added up in the order of the contract, or their mean; missing where
    one of them is. -#}
{% macro of_row(columns) -%}
  {%- set added = columns | map(attribute='column_name') | join(' + ') -%}
  {{ '(' ~ added ~ ') / ' ~ columns | length if columns[0].averaged else added }}
{%- endmacro %}

{#- The sum of a measure over a group: money is zero where it is zero to the cent. -#}
{% macro total_of(measure, figure) -%}
  {%- set money = measured_columns() | selectattr('measure', 'equalto', measure) | map(attribute='money') | first -%}
  {{ total_money(figure) if money else total(figure) }}
{%- endmacro %}

{#- What there is to contribute to: the amounts of the indicators, and the confirmed land. -#}
{% macro measures() -%}
  {{ return(measured_columns() | map(attribute='measure') | unique | list) }}
{%- endmacro %}

{#- The sums over a group of all that the indicators are made of, but land. -#}
{% macro total_amounts(relation=none) -%}
  {%- for measure in measures() if measure != 'confirmed_m2' %}
        {{ total_of(measure, relation ~ '.' ~ measure if relation else measure) }} as {{ measure }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{#- What a row of a feed delivers of the measures, as delivered: a map from columns to figures. -#}
{% macro delivered_figures(feed) -%}
  {%- set names, figures = [], [] -%}
  {%- for column in measured_columns(feed) | map(attribute='column_name') -%}
    {%- do names.append("'" ~ column ~ "'") -%}
    {%- do figures.append('delivered_' ~ column) -%}
  {%- endfor -%}
  {{ return(adapter.dispatch('map_of')(names | join(', '), figures | join(', '))) }}
{%- endmacro %}

{% macro default__map_of(names, values) -%}
  map([{{ names }}], [{{ values }}])
{%- endmacro %}
