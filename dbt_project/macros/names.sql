{#- Every text of a column beside its form as names are compared: NFKC, no white space, one kind of brackets. What
    becomes of a character is landed (`name_character`): no engine knows it alone. -#}
{% macro plain_names(relation, column) -%}
  {{ return(adapter.dispatch('plain_names')(relation, column)) }}
{%- endmacro %}

{% macro default__plain_names(relation, column) -%}
    with names as (
        select distinct {{ column }} as name
        from {{ relation }}
    ),

    characters as (
        select
            name,
            unnest(regexp_extract_all(name, '(?s).')) as character,
            generate_subscripts(regexp_extract_all(name, '(?s).'), 1) as place
        from names
    )

    select
        characters.name,
        nfc_normalize(
            string_agg(coalesce(forms.plain, characters.character), '' order by characters.place)
        ) as plain_name
    from characters
    left join {{ source('landing', 'name_character') }} as forms on characters.character = forms.character
    group by characters.name
{%- endmacro %}
