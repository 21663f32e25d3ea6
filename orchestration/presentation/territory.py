"""The data behind a county's or park's result: what its page, its package and `explain` tell of it.

Belongs here: which rows of the published tables these are. Does not: what is said of them in the terminal
(`explain_territory`), how a page draws them (`site_files/territory.js`), what a county may see
(`release.packages`, from whose tables its package's page is made).
"""

from __future__ import annotations

import duckdb

from orchestration.rows import Row, fetch

_COUNTED = """
    select
        belonging, count(*) as enterprises, sum(value_added) as value_added, sum(tax) as tax,
        sum(average_headcount) as average_headcount, sum(energy) as energy, sum(emissions) as emissions,
        sum(revenue) as revenue, sum(rd_expenditure) as rd_expenditure
    from territory_enterprise where level = ? and code = ?
    group by belonging order by list_position(['own', 'home', 'branch', 'other'], belonging)
"""
_ENTERPRISES = """
    select
        belonging, unit_county_code, unit_uscc, member_county_code, member_uscc, enterprise_name, whole,
        treatment, class, total_score, land_area_mu, value_added, tax, average_headcount, energy, emissions,
        revenue, rd_expenditure
    from territory_enterprise
    where level = ? and code = ? and belonging in ('home', 'branch', 'other')
    order by
        list_position(['home', 'branch', 'other'], belonging), unit_county_code, class nulls last, member_uscc
"""
_HOME_ITEMS = """
    select member_county_code, member_uscc, indicator, value, tier, score
    from home_item where county_code = ? order by all
"""
_INCIDENTS = """
    select
        level, code, name, incident_id, incident_type, occurred_on, charged_by, uscc, enterprise_name,
        belonging, points, reason, source_file, source_sheet, source_row_key
    from territory_incident
    where {which}
    order by level, code, points desc, occurred_on, incident_id
"""
_ITEMS = """
    select
        item.* exclude (year), diagnosis.item_rank, diagnosis.ranked, diagnosis.previous_value,
        diagnosis.change
    from {level}_item as item
    left join {level}_diagnosis as diagnosis using ({level}_code, indicator)
    where {level}_code = ?
"""
_PARKS = """
    select park_code, name, enterprises, rank, base_score, deduction, total_score
    from park_result where county_code = ? order by rank, park_code
"""


def of_county(release: duckdb.DuckDBPyConnection, county: str) -> dict[str, list[Row]]:
    """What a county's page tells besides its result: whom it counts, what cost points, its parks; by table.

    `release` are the tables of a release, or those of the county's package, which hold less.
    """
    return {
        "counted": fetch(release, _COUNTED, ["county", county]),
        "elsewhere": fetch(release, _ENTERPRISES, ["county", county]),
        "home_item": fetch(release, _HOME_ITEMS, [county]),
        "territory_incident": fetch(release, _INCIDENTS.format(which="county_code = ?"), [county]),
        "park_result": fetch(release, _PARKS, [county]),
    }


def result_of(release: duckdb.DuckDBPyConnection, level: str, code: str) -> dict[str, list[Row]]:
    """The result of a county or park with all that it was made of, by table."""
    key = f"{level}_code"
    found = {
        "result": fetch(release, f"select * exclude (year) from {level}_result where {key} = ?", [code]),
        "items": fetch(release, _ITEMS.format(level=level), [code]),
        "standards": fetch(
            release,
            f"""
            select standard.* exclude (year) from standard
            join {level}_result as result on standard.group_code = result.region
            where standard.level = ? and result.{key} = ?
            """,
            [level, code],
        ),
        "counted": fetch(release, _COUNTED, [level, code]),
        "elsewhere": fetch(release, _ENTERPRISES, [level, code]),
        "territory_incident": fetch(
            release, _INCIDENTS.format(which="level = ? and code = ?"), [level, code]
        ),
    }
    if level == "county":
        found["home_item"] = fetch(release, _HOME_ITEMS, [code])
        found["park_result"] = fetch(release, _PARKS, [code])
    return found


def standing_of(release: duckdb.DuckDBPyConnection, level: str, code: str) -> Row | None:
    """Rank and total of a county or park, and how many its region has; None where it is not evaluated."""
    rows = fetch(
        release,
        f"""
        select * from (
            select {level}_code as code, rank, total_score, count(*) over (partition by region) as ranked
            from {level}_result
        ) where code = ?
        """,
        [code],
    )
    return rows[0] if rows else None
