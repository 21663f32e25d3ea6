"""The year at a glance: what the first page of the site shows beside the tables of the territories.

Belongs here: counting enterprises by class, move, industry and improvement, and reading what earlier years
released. Does not: how it looks (`site_files/index.js`), the rows of single enterprises (`site`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.equality import EQUAL_WITHIN
from orchestration.policy import load_policy
from orchestration.release.register import Release, find, releases, standing, years
from orchestration.rows import Row, fetch
from orchestration.settings import Home

TILES = Path(__file__).with_name("tiles.csv")  # where a county stands on the grid, and its short name

# The members of the groups with their own results.
GROUP_MEMBERS = """
    select application_no, county_code, uscc, unit.enterprise_name, unit.treatment, member.class,
        member.total_score
    from group_member as member left join enterprise_result as unit using (county_code, uscc)
    order by application_no, county_code, uscc
"""
_TABLES = {
    "class_count": "from class_count order by county_code",
    "county_result": "from county_result order by rank, county_code",
    "county_item": "from county_item order by county_code, indicator",
    "county_diagnosis": "from county_diagnosis order by county_code, indicator",
    "park_result": "from park_result order by rank, park_code",
    "city_target": "from city_target order by indicator",
    "demonstration": "from demonstration order by level, rank, code",
    "group_result": "from group_result order by application_no",
    "group_item": "from group_item order by application_no, indicator",
    "measure": "from measure order by measure_no",
    "group_member": GROUP_MEMBERS,
    "measured": """
        select county_code, measure_no, count(*) as targets
        from measure_target group by all order by all
    """,
    # What became of last year's C and D, and of what was planned for them, by county.
    "improvement": """
        select
            county_code,
            count(*) as followed,
            count(batch) as planned,
            count(*) filter (status = 'done') as done,
            count(*) filter (overdue) as overdue,
            count(*) filter (moved = 'up') as up,
            count(*) filter (moved = 'same') as same,
            count(*) filter (moved = 'down') as down,
            count(*) filter (not gone and moved is null) as unclassed,
            count(*) filter (gone) as gone
        from improvement_progress group by county_code order by county_code
    """,
    "changes": """
        select
            indicator,
            count(*) filter (value > previous_value) as up,
            count(*) filter (value < previous_value) as down,
            count(*) filter (value = previous_value) as level
        from enterprise_diagnosis where previous_value is not null group by indicator order by indicator
    """,
    "industries": """
        select
            left(industry_code, 2) as division,
            count(*) filter (class = 'A') as A,
            count(*) filter (class = 'B') as B,
            count(*) filter (class = 'C') as C,
            count(*) filter (class = 'D') as D,
            count(*) filter (treatment = 'transition') as transition
        from enterprise_result group by all order by count(*) desc, division
    """,
    # How many classes each single change of the method moves (rulebook 12.4).
    "scenarios": """
        select scenario, label_zh, county_code, classified, changed
        from scenario inner join code_list on code_list.subject = 'scenario' and code_list.code = scenario
        order by split_part(scenario, ':', 1), county_code, scenario
    """,
    # Which single values hold the maxima up, how far above the next, and how many classes hang on each.
    "holders": f"""
        with measured as (
            select *, value >= standard_max * (1 - {EQUAL_WITHIN}) as holds
            from enterprise_diagnosis
            where tier is not null and value >= 0 and standard_max > 0
        ),

        maxima as (
            select
                group_code, indicator, count(*) filter (holds) as holders,
                arg_min(struct_pack(uscc, county_code), (county_code, uscc)) filter (holds) as holder,
                max(standard_max) as max,
                max(value) filter (not holds) as second
            from measured group by group_code, indicator
        ),

        hanging as (
            select group_code, indicator, sum(changed) as changed
            from scenario
            inner join (select distinct group_code, indicator, county_code from measured) as within_group
                on scenario.county_code = within_group.county_code
                and scenario.scenario = 'without_top:' || within_group.indicator
            group by group_code, indicator
        )

        select
            maxima.group_code, maxima.indicator, holders, max, second, changed,
            holder.uscc as uscc, holder.county_code as county_code, enterprise_name
        from maxima
        inner join hanging using (group_code, indicator)
        inner join enterprise_result as unit
            on holder.uscc = unit.uscc and holder.county_code = unit.county_code
        where changed > 0
        order by changed desc, max / second desc nulls first, maxima.group_code, maxima.indicator
    """,
    # Half of a division's enterprises lie between the quartiles; those without the indicator are in none.
    "industry_values": """
        select
            left(industry_code, 2) as division,
            indicator,
            count(value) as n,
            quantile_cont(value, 0.25) as low,
            quantile_cont(value, 0.5) as middle,
            quantile_cont(value, 0.75) as high
        from enterprise_result inner join enterprise_diagnosis using (county_code, uscc)
        group by all order by all
    """,
}

# From which class to which, by county today: a unit is last year's where its code was evaluated there, and of
# two that meet in a successor county (rulebook 9) none is.
_MOVES = """
    with before as (
        select
            coalesce(successor, county_code) as county_code,
            uscc,
            case when count(*) = 1 then max(coalesce(class, treatment)) end as state
        from previous_unit left join successor using (county_code)
        group by coalesce(successor, county_code), uscc
    )

    select
        coalesce(now.county_code, before.county_code) as county_code,
        case
            when before.uscc is null then 'new'
            else coalesce(now.previous_class, before.state, 'several')
        end as was,
        case when now.uscc is null then 'gone' else coalesce(now.class, now.treatment) end as became,
        count(*) as units
    from enterprise_result as now
    full join before on now.county_code = before.county_code and now.uscc = before.uscc
    group by all order by all
"""


def at_a_glance(connection: duckdb.DuckDBPyConnection, folder: Path, manifest: Mapping[str, Any]) -> Row:
    """The rows of the first page by what they are, from the tables of the release in `folder`, open in
    `connection`, and the releases of earlier years that stand beside it. UserError where one of those is no
    longer what was released."""
    home, year = Home(folder.parents[2]), manifest["year"]
    glance: Row = {name: fetch(connection, query) for name, query in _TABLES.items()}
    glance["moves"] = None
    if manifest["previous_release"]:
        _register_previous(connection, find(home, manifest["previous_release"]), folder, manifest)
        glance["moves"] = fetch(connection, _MOVES)
    earlier = [found for former in years(home) if former < year and (found := standing(home, former))]
    glance["trends"] = _trends(earlier) if earlier else None
    glance["releases"] = _others(home, year, manifest["release"])
    with TILES.open(encoding="utf-8", newline="") as file:
        glance["tiles"] = list(csv.DictReader(file))
    return glance


def _register_previous(
    connection: duckdb.DuckDBPyConnection, previous: Release, folder: Path, manifest: Mapping[str, Any]
) -> None:
    """Let `previous_unit` hold last year's units, and `successor` the counties that took others in."""
    units = previous.table("enterprise_result").select(["county_code", "uscc", "class", "treatment"])
    connection.register("previous_unit", units)
    policy = load_policy(folder / "policy")
    today = policy.counties_in(manifest["year"])
    gone = {
        row["county_code"]: row["successor"]
        for row in policy.rows("counties")
        if row["successor"] and row["county_code"] not in today
    }
    texts = {"county_code": list(gone), "successor": list(gone.values())}
    connection.register(
        "successor", pa.table({name: pa.array(column, pa.string()) for name, column in texts.items()})
    )


def _trends(earlier: list[Release]) -> Row:
    """What earlier years released of the city, its counties and their classes, oldest first."""
    found: dict[str, list[Row]] = {"city": [], "counties": [], "classes": []}
    for release in earlier:
        targets = release.table("city_target").select(["year", "indicator", "value"])
        found["city"] += targets.to_pylist()
        found["counties"] += release.table("county_result").to_pylist()
        found["classes"] += release.table("class_count").to_pylist()
    return found


def _others(home: Home, year: int, id_: str) -> list[Row]:
    """The other releases that a reader may want: of other years the one that stands, of this year all but
    the one named; each with the way to its first page from there."""
    found = [stands for other in years(home) if other != year and (stands := standing(home, other))]
    found += [release for release in releases(home, year) if release.id != id_]
    return [
        {
            "year": release.year,
            "release": release.id,
            "stage": release.stage,
            "href": f"../../../{release.year}/{release.id}/site/index.html",
        }
        for release in found
        if (release.path / "site" / "index.html").is_file()
    ]
