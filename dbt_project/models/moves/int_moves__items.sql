{%- set amounts = measures() | reject('equalto', 'confirmed_m2') | list -%}
{%- set parts = parts_of_score() -%}
{%- set whole = factorial(parts | length) -%}
with moved as (
    select
        *,
        row_number() over (order by county_code, uscc) as place
    from {{ ref('int_moves__units') }}
    where reason is null
),

parameters as (
    select * from {{ ref('stg_policy__parameters') }}
),

previous_parameters as (
    select
        max(case when parameter = 'zero_value' then value end) as zero_value,
        max(case when parameter = 'missing_value' then value end) as missing_value,
        max(case when parameter = 'standard_scope' then value end) as standard_scope
    from {{ source('landing', 'previous_policy_parameters') }}
),

-- What the method says beside weights, this year and last; by any standards.
methods as (
    {% for new_standards in [true, false] -%}
    select
        true as new_weights,
        {{ new_standards }} as new_standards,
        zero_value,
        missing_value
    from parameters
    union all
    select
        false as new_weights,
        {{ new_standards }} as new_standards,
        zero_value,
        missing_value
    from previous_parameters
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

tiers as (
    {% for new_standards in [true, false] -%}
    select
        true as new_weights,
        {{ new_standards }} as new_standards,
        *
    from ({{ tier_coefficients() }}) as coefficients
    union all
    select
        false as new_weights,
        {{ new_standards }} as new_standards,
        *
    from ({{ tier_coefficients('previous_policy_tiers') }}) as coefficients
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

weights as (
    {% for new_weights, table in [(true, 'policy_weights'), (false, 'previous_policy_weights')] -%}
    select
        {{ new_weights }} as new_weights,
        region,
        indicator,
        cast(weight as double) as weight
    from {{ source('landing', table) }}
    where level = 'enterprise'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- What decides the share and the weight of an indicator in a region, to tell whether it changed.
said as (
    select
        weights.new_weights,
        weights.region,
        {{ joined("weights.indicator || ' ' || weights.weight", ', ') }}
        || max(concat_ws(', ', methods.zero_value, methods.missing_value, tiers.best, tiers.better, tiers.ordinary))
            as method
    from weights
    inner join methods on weights.new_weights = methods.new_weights
    inner join tiers on weights.new_weights = tiers.new_weights
    where methods.new_standards and tiers.new_standards
    group by weights.new_weights, weights.region
),

standards as (
    {% for new_weights in [true, false] -%}
    select
        true as new_standards,
        {{ new_weights }} as new_weights,
        level,
        group_code,
        indicator,
        max,
        mean,
        min
    from {{ ref('int_standards') }}
    where level = 'enterprise'
    union all
    select
        false as new_standards,
        {{ new_weights }} as new_weights,
        level,
        group_code,
        indicator,
        max,
        mean,
        min
    from {{ source('landing', 'previous_standard') }}
    where level = 'enterprise'
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

units as (
    select * from {{ ref('int_units') }}
),

previous as (
    select * from {{ source('landing', 'previous_enterprise_result') }}
),

figures as (
    select
        moved.place,
        true as new,
        units.land_area_mu,
        units.{{ amounts | join(', units.') }}
    from moved
    inner join units on moved.uscc = units.uscc and moved.county_code = units.county_code
    union all
    select
        moved.place,
        false as new,
        previous.land_area_mu,
        previous.{{ amounts | join(', previous.') }}
    from moved
    inner join previous on moved.uscc = previous.uscc and moved.previous_county_code = previous.county_code
),

-- Each of the figures of both years over the land of both.
bases as (
    select
        figures.place,
        figures.new as new_own_figures,
        lands.new as new_land,
        figures.land_area_mu is distinct from others.land_area_mu as land_changed,
        lands.land_area_mu,
        figures.{{ amounts | join(', figures.') }}
    from figures
    inner join figures as lands on figures.place = lands.place
    inner join figures as others on figures.place = others.place and figures.new <> others.new
    where figures.land_area_mu is distinct from others.land_area_mu or figures.new = lands.new
),

measured as (
    select
        place,
        new_own_figures,
        new_land,
        land_changed,
        {{ indicators() }}
    from bases
),

indicators as (
    select
        indicator,
        coalesce(numerator = 'land_area_mu' or denominator = 'land_area_mu', false) as by_land
    from {{ source('landing', 'policy_indicators') }}
    where indicator in (select indicator from weights)
),

coalitions as (
    {{ coalitions() }}
),

played as (
    select
        'enterprise' as level,
        moved.county_code,
        moved.place as code,
        case
            when coalitions.new_standards and parameters.standard_scope = 'region' then moved.region
            when coalitions.new_standards then moved.county_code
            when previous_parameters.standard_scope = 'region' then moved.previous_region
            else moved.previous_county_code
        end as group_code,
        case when coalitions.new_weights then moved.region else moved.previous_region end as region,
        indicators.indicator,
        {{ indicator_value('indicators.indicator', 'measured') }} as value,
        false as emits_nothing,
        coalitions.{{ all_but(['by_land', 'by_weights']) }}
    from measured
    inner join moved on measured.place = moved.place
    cross join indicators
    left join said as method on moved.region = method.region and method.new_weights
    left join said as previous_method
        on moved.previous_region = previous_method.region and not previous_method.new_weights
    inner join coalitions
        on (indicators.by_land and measured.land_changed) = coalitions.by_land
        and (method.method is distinct from previous_method.method) = coalitions.by_weights
        and measured.new_own_figures = coalitions.new_own_figures
        and measured.new_land = coalitions.new_land
    cross join parameters
    cross join previous_parameters
),

shares as (
    {{ item_shares('played', 'standards', 'methods', also=['new_standards', 'new_weights'], tiers='tiers') }}
),

-- Scores in whole numbers of their last decimal.
scored as (
    select
        shares.code as place,
        shares.indicator,
        {%- for part in parts %}
        shares.new_{{ part }},
        shares.in_{{ part }},
        {%- endfor %}
        weights.weight,
        {{ in_last_decimals(
            points_of_share('shares.share', 'coalesce(weights.weight, 0)', 'parameters.score_decimals'),
            'parameters.score_decimals'
        ) }} as points
    from shares
    cross join parameters
    left join weights
        on shares.new_weights = weights.new_weights
        and shares.region = weights.region
        and shares.indicator = weights.indicator
),

{% set all_new = 'new_' ~ parts | join(' and new_') -%}
{% set all_old = 'not new_' ~ parts | join(' and not new_') -%}
added as (
    select
        place,
        indicator,
        max(case when {{ all_new }} then weight end) as weight,
        max(case when {{ all_old }} then weight end) as previous_weight,
        max(case when {{ all_new }} then points end) as points,
        max(case when {{ all_old }} then points end) as previous_points,
        {%- for part in parts %}
        sum(points * in_{{ part }}) as {{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from scored
    group by place, indicator
    having weight is not null or previous_weight is not null
),

divided as (
    select
        {{ all_but(parts) }},
        {%- for part in parts %}
        floor({{ part }} / {{ whole }}) as {{ part }},
        {{ part }} - floor({{ part }} / {{ whole }}) * {{ whole }} as rest_{{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from added
),

-- Whole numbers of the last decimal that add up to the change.
apportioned as (
    select
        {{ all_but(parts) }},
        {%- for part in parts %}
        {{ part }} + {{ of_the_rest(part, parts, whole) }} as {{ part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from divided
),

final as (
    select
        moved.year,
        moved.county_code,
        moved.uscc,
        apportioned.indicator,
        apportioned.previous_weight,
        apportioned.weight,
        {%- set scores = {'previous_points': 'previous_score', 'points': 'score'} %}
        {%- for column in ['previous_points', 'points'] + parts %}
        {{ of_last_decimals('apportioned.' ~ column, 'parameters.score_decimals') }} as {{ scores.get(column, column) }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from apportioned
    inner join moved on apportioned.place = moved.place
    cross join parameters
)

select * from final
