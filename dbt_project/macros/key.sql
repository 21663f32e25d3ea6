{#- The columns that a model's `meta.key` names are there in every row, and no two rows share them. -#}
{% test key(model) %}
  {%- set key = [] -%}
  {%- if execute -%}
    {%- set name = (model | string).split('.')[-1] | replace('"', '') -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name -%}
      {%- do key.extend(node.config.meta.get('key', [])) -%}
    {%- endfor -%}
    {%- if not key -%}
      {{ exceptions.raise_compiler_error('The model ' ~ name ~ ' names no key in its meta.') }}
    {%- endif -%}
  {%- endif %}
select
    {{ key | join(', ') }},
    count(*) as rows_of_key
from {{ model }}
group by {{ key | join(', ') }}
having count(*) > 1{% for column in key %} or {{ column }} is null{% endfor %}
{% endtest %}
