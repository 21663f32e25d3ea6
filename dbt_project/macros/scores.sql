{#- The coefficients of the tiers (rulebook 4.2) as one row: best, better, ordinary. -#}
{% macro tier_coefficients(tiers='policy_tiers') -%}
    select
        max(case when tier = '优' then coefficient end) as best,
        max(case when tier = '较优' then coefficient end) as better,
        max(case when tier = '一般' then coefficient end) as ordinary
    from {{ source('landing', tiers) }}
{%- endmacro %}

{#- The scoring method (rulebook 5.3 to 7.3; 办法 二(三), (四)), for whoever takes part, whatever they are measured by: the
    year's own scores, and every later question of the form "what would the scores be if". Each macro is a query over
    relations, tables or CTEs, of the columns that it names. `also` are further columns that tell the rows apart
    (a scenario).
#}

{#- The standards of each group and indicator (5.3), of `participants`: level, group_code, indicator, value; one row
    for each who is scored. A missing or negative value takes no part. #}
{% macro standards(participants, also=[]) -%}
  {%- set keys = (also + ['year', 'level', 'group_code', 'indicator']) | join(', ') -%}
    select
        {{ keys }},
        count(participating) as n,
        max(participating) as max,
        {{ total('participating') }} / nullif(count(participating), 0) as mean,
        min(case when participating > 0 then participating end) as min
    from (select *, case when value >= 0 then value end as participating from {{ participants }}) as participants
    group by {{ keys }}
{%- endmacro %}

{#- The share that a value between two standards earns, by the coefficients that belong to them (5.4). -#}
{% macro share_between(value, value_from, value_to, coefficient_from, coefficient_to) -%}
  {{ coefficient_from }}
                + ({{ value }} - {{ value_from }}) / ({{ value_to }} - {{ value_from }})
                * ({{ coefficient_to }} - {{ coefficient_from }})
{%- endmacro %}

{#- What share of its weight each row of `measured` earns (5.4), whatever the weight: its columns, and
      because           which case of 5.4 to 5.6 it is; all that follows is decided by it
      tier
      value_from, value_to, coefficient_from, coefficient_to
                        the standards between which the value lies, and the coefficients that belong to them; of
                        a maximum only what it equals; null where no points are earned by the formula
      share             of the weight, unrounded; null where the score is given

    `measured` has level, county_code, code, group_code, indicator, value, emits_nothing; `standards` what the macro
    of that name gives; `parameters`, one row, or with `also` one for each: zero_value, missing_value. `tiers`: what
    `tier_coefficients` gives, for each of `also`; those of the year where nothing is named. #}
{% macro item_shares(measured, standards, parameters, also=[], tiers=none) -%}
  {%- set group = also + ['level', 'group_code', 'indicator'] -%}
    with coefficients as (
        {{ 'select * from ' ~ tiers if tiers else tier_coefficients() }}
    ),

    decided as (
        select
            measured.*,
            standards.max as standard_max,
            standards.mean as standard_mean,
            standards.min as standard_min,
            case
                when measured.value is null and measured.emits_nothing and parameters.missing_value <> 'zero'
                    then 'given'
                when measured.value is null then 'missing'
                when measured.value < 0 then 'negative'
                when standards.min is null then 'no_positive'
                -- The maximum comes before the mean: a group of one, or of equal values, is 优 (5.5).
                when {{ at_most('standards.max', 'measured.value') }} then 'best'
                when {{ at_most('standards.mean', 'measured.value') }} then 'between_mean_and_max'
                when measured.value = 0 and parameters.zero_value = 'zero' then 'zero_value'
                when {{ at_most('standards.mean', 'standards.min') }} then 'mean_not_above_min'
                else 'ordinary'
            end as because
        from {{ measured }} as measured
        {% if also %}inner{% else %}cross{% endif %} join {{ parameters }} as parameters
            {% for column in also %}{{ 'on' if loop.first else 'and' }} measured.{{ column }} = parameters.{{ column }}
            {% endfor %}
        left join {{ standards }} as standards
            on {% for column in group %}measured.{{ column }} = standards.{{ column }}
            {{- ' and ' if not loop.last }}{% endfor %}
    ),

    placed as (
        select
            decided.*,
            case
                when because in ('given', 'missing') then '缺'
                when because = 'negative' then '负值'
                when because = 'best' then '优'
                when because = 'between_mean_and_max' then '较优'
                else '一般'
            end as tier,
            case because
                when 'best' then standard_max
                when 'between_mean_and_max' then standard_mean
                when 'ordinary' then standard_min
            end as value_from,
            case because
                when 'between_mean_and_max' then standard_max
                when 'ordinary' then standard_mean
            end as value_to,
            case because
                when 'best' then coefficients.best
                when 'between_mean_and_max' then coefficients.better
                when 'ordinary' then coefficients.ordinary
            end as coefficient_from,
            case because
                when 'between_mean_and_max' then coefficients.best
                when 'ordinary' then coefficients.better
            end as coefficient_to
        from decided
        {% if tiers %}inner{% else %}cross{% endif %} join coefficients
            {% for column in also if tiers %}{{ 'on' if loop.first else 'and' }} decided.{{ column }} = coefficients.{{ column }}
            {% endfor %}
    )

    select
        *,
        case
            when because = 'best' then coefficient_from
            when because in ('between_mean_and_max', 'ordinary')
                then {{ share_between('value', 'value_from', 'value_to', 'coefficient_from', 'coefficient_to') }}
            when because <> 'given' then 0
        end as share
    from placed
{%- endmacro %}

{#- The points that a share of the weight earns (5.4): zero at least, rounded. #}
{% macro points_of_share(share, weight, decimals) -%}
  {{ rounded('greatest(' ~ share ~ ' * ' ~ weight ~ ', 0)', decimals) }}
{%- endmacro %}

{#- The points (5.4 to 5.6) of `shares`, what the macro above gives, with a weight: its columns, and the
    score. `parameters`, one row: missing_value, score_decimals. What one without emissions is
    given is the mean of its group, or of those that share its `given_by`. #}
{% macro points_of_shares(shares, parameters, also=[], given_by='group_code') -%}
  {%- set giving = also + ['level', given_by, 'indicator'] -%}
    with scored as {{ not_materialized() }} (
        select
            shares.*,
            {{ points_of_share('share', 'weight', 'parameters.score_decimals') }} as formula_score
        from {{ shares }} as shares
        cross join {{ parameters }} as parameters
    ),

    -- What one without emissions is given (5.6): by what the others of its group have.
    receiving as (
        select distinct {{ giving | join(', ') }} from scored
        where because = 'given'
    ),

    group_scores as (
        select
            {{ giving | join(', ') }},
            {{ total('formula_score') }} / count(*) as mean_score
        from scored
        where tier <> '缺' and ({{ giving | join(', ') }}) in (select {{ giving | join(', ') }} from receiving)
        group by {{ giving | join(', ') }}
    )

    select
        scored.*,
        case
            when scored.because <> 'given' then scored.formula_score
            when parameters.missing_value = 'full' or group_scores.mean_score is null then scored.weight
            else {{ rounded('group_scores.mean_score', 'parameters.score_decimals') }}
        end as score
    from scored
    cross join {{ parameters }} as parameters
    left join group_scores
        on {% for column in giving %}scored.{{ column }} = group_scores.{{ column }}
        {{- ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- Item scores (5.4 to 5.6), one for each row of `measured`, which has a weight: shares, the points for them, and
    points_lost. #}
{% macro item_scores(measured, standards, parameters, given_by='group_code') -%}
    with shares as (
        {{ item_shares(measured, standards, parameters) }}
    )

    select
        points.*,
        {{ rounded('points.weight - points.score', 'parameters.score_decimals') }} as points_lost
    from ({{ points_of_shares('shares', parameters, given_by=given_by) }}) as points
    cross join {{ parameters }} as parameters
{%- endmacro %}

{#- Base score and total (6.1, 6.5) of whoever has `items`, with their `adjustments`: level, county_code, code, bonus,
    deduction, which `also` does not change. `parameters`, one row: score_decimals. #}
{% macro totals(items, adjustments, parameters, also=[]) -%}
  {%- set keys = ['level', 'county_code', 'code'] -%}
  {%- set columns = also + ['year'] + keys + ['region'] -%}
    with base_scores as (
        select
            {{ columns | join(', ') }},
            -- In any order: figures of a few decimals, whose sum is rounded to as many.
            sum(score) as item_scores
        from {{ items }}
        group by {{ columns | join(', ') }}
    )

    select
        base_scores.{{ columns | join(', base_scores.') }},
        {{ rounded('base_scores.item_scores', 'parameters.score_decimals') }} as base_score,
        adjustments.bonus,
        adjustments.deduction,
        {{ rounded('base_scores.item_scores + adjustments.bonus - adjustments.deduction', 'parameters.score_decimals') }}
            as total_score
    from base_scores
    cross join {{ parameters }} as parameters
    inner join {{ adjustments }} as adjustments
        on {% for column in keys %}base_scores.{{ column }} = adjustments.{{ column }}
        {{- ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- The class of a rank by the last ranks of a county (7.3); null without a rank. -#}
{% macro class_of(rank, borders) -%}
  case
            when {{ rank }} <= {{ borders }}.last_a then 'A'
            when {{ rank }} <= {{ borders }}.last_b then 'B'
            when {{ rank }} <= {{ borders }}.last_c then 'C'
            when {{ rank }} is not null then 'D'
        end
{%- endmacro %}

{#- Which of the `measures` a scenario (rulebook 12) places by other standards, or by another rule: the rest keep
    their share of the weight. -#}
{% macro placed_anew(measures, scenarios) -%}
  (
            {{ scenarios }}.changes = 'standard_scope'
            or ({{ scenarios }}.changes = 'top' and {{ scenarios }}.indicator = {{ measures }}.indicator)
            or ({{ scenarios }}.changes = 'zero_value' and coalesce({{ measures }}.value = 0, false))
        )
{%- endmacro %}
