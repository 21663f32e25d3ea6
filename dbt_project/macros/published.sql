{#- What an item table has beside its key: the same for enterprises, counties and parks. -#}
{% macro item_columns() -%}
    indicator,
    value,
    tier,
    weight,
    standard_max,
    standard_mean,
    standard_min,
    because,
    value_from,
    value_to,
    coefficient_from,
    coefficient_to,
    share,
    score,
    points_lost
{%- endmacro %}

{#- What a territory's result has: the same for counties and parks. -#}
{% macro territory_results(level) -%}
    select
        sums.year,
        sums.code as {{ level }}_code,
        sums.name,
        sums.region,
        sums.enterprises,
        sums.land_area_mu,
        sums.value_added,
        sums.tax,
        sums.average_headcount,
        sums.energy,
        sums.emissions,
        sums.revenue,
        sums.rd_expenditure,
        {{ indicator_columns('indicators', among=model.columns) }}
        totals.base_score,
        totals.deduction,
        totals.total_score,
        ranks.rank
    from {{ ref('int_territories__sums') }} as sums
    inner join {{ ref('int_indicators__territories') }} as indicators
        on sums.level = indicators.level and sums.code = indicators.code
    inner join {{ ref('int_totals') }} as totals on sums.level = totals.level and sums.code = totals.code
    inner join {{ ref('int_ranks') }} as ranks on sums.level = ranks.level and sums.code = ranks.code
    where sums.level = '{{ level }}'
{%- endmacro %}

{#- What a diagnosis table has beside its key: the same for enterprises, counties and parks. -#}
{% macro diagnosis_columns() -%}
    indicator,
    group_code,
    value,
    tier,
    standard_max,
    standard_mean,
    to_mean,
    to_max,
    weight,
    score,
    points_lost,
    item_rank,
    ranked,
    previous_value,
    change
{%- endmacro %}

{#- A sentence of `data/wordings` with what holds for the whole year put in, of the relations `run` and `parameters`;
    what differs from row to row stays in braces. -#}
{% macro put_in(sentence) -%}
  {%- set places = {
    'year': 'run.year',
    'cut_off': "year(run.cut_off) || '年' || month(run.cut_off) || '月' || day(run.cut_off) || '日'",
    'not_counted_years': 'parameters.not_counted_years',
    'suspension_years': 'parameters.suspension_years',
  } -%}
  {%- for _ in places %}replace({% endfor %}{{ sentence }}
  {%- for place, figure in places.items() %}, '{{ '{' ~ place ~ '}' }}', cast({{ figure }} as string)){% endfor %}
{%- endmacro %}
