"""How the result of one unit came about (一企一单): whose it is, and its data as every sheet holds it.

Belongs here: finding the unit in a release, and its rows as objects, exact. Does not: which data a sheet has
(`cards`), what is said of it in the terminal (`explain_sheet`) and on a page (`sheet_pages`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import UserError
from orchestration.presentation.cards import Cards
from orchestration.presentation.site import Rows, shared_data
from orchestration.presentation.wording import contract_of, read_wording
from orchestration.presentation.year import GROUP_MEMBERS
from orchestration.release.reading import FINDINGS, MEMBERS, open_release, read_manifest
from orchestration.release.schema import published_tables
from orchestration.rows import Row, fetch

_LEFT_OUT = {
    "ROS-01": "its industry is not evaluated (ROS-01)",
    "ROS-02": "its county is not in force (ROS-02)",
}


@dataclass(frozen=True)
class Unit:
    """The unit that `asked`, itself or a member, is evaluated in, by the county that evaluates it; of a
    group's company that is not evaluated itself, `groups` names the applications, and the county is that of
    the first."""

    asked: str
    county_code: str
    uscc: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """The data behind a unit's result: `words` as all pages have them, `year` as far as it concerns the unit,
    `tables` its rows by published table. Money in 万元, land in mu, energy in tce, days as YYYY-MM-DD."""

    unit: Unit
    words: Row
    year: Mapping[str, list[Row]]
    tables: Mapping[str, list[Row]]


def find_unit(folder: Path, uscc: str, county: str | None = None) -> Unit:
    """The unit of the release in `folder` that `uscc` is evaluated in.

    `county`, a code or a name, is needed where `uscc` is evaluated in several. UserError where the release
    does not have it, or not in that county, or in several.
    """
    year, asked = read_manifest(folder)["year"], uscc.strip().upper()
    with open_release(folder) as release:
        if not fetch(release, "select 1 from duckdb_tables() where table_name = 'enterprise_source'"):
            raise UserError(
                f"This release of {year} was made before mujun 0.4.0 and names the sources of its figures in "
                f"another way. Explain it by the version that made it, or run {year} again."
            )
        found = fetch(release, _UNITS, [asked])
        if not found:
            groups = fetch(release, _GROUPS, [asked])
            if groups:
                numbers = tuple(row["application_no"] for row in groups)
                return Unit(asked, groups[0]["evaluating_county_code"], asked, numbers)
            raise UserError(f"{asked} was not evaluated for {year}: {_why_not(release, asked)}.")
    there = ", ".join(f"{row['county_code']} {row['county_name']}" for row in found)
    named = [
        row
        for row in found
        if county is None or county.strip().upper() in (row["county_code"], row["county_name"])
    ]
    if not named:
        raise UserError(f"{asked} was not evaluated in “{county}” for {year}, but in {there}.")
    if len(named) > 1:
        raise UserError(f"{asked} is evaluated in several counties: {there}. Name one with --county.")
    return Unit(asked, named[0]["unit_county_code"], named[0]["unit_uscc"])


class Concerned:
    """What of the year concerns a unit beside its own rows: its county's classes, the measures for
    enterprises, and the groups that it is in: of these what is public, and the rest to the group's
    company."""

    def __init__(self, release: Rows, county: str) -> None:
        counts = release.table("class_count", "county_code")
        measures = release.table("measure", "measure_no")
        self._common = {
            "class_count": [row for row in counts if row["county_code"] == county],
            "measure": [
                row
                for row in measures
                if row["applies_to"] == "enterprise" and row["county_code"] in (None, county)
            ],
        }
        self._county = county
        self._members = release.rows(GROUP_MEMBERS) if release.has("group_member") else []
        self._groups = release.table("group_result", "application_no")
        self._items = release.table("group_item", "application_no, indicator")
        self._public = {
            column.name
            for table in published_tables()
            if table.name == "group_result"
            for column in table.columns
            if column.sensitivity == "public"
        }

    def with_groups(self) -> set[str]:
        """Who of the county is in a group, or is a group's company."""
        members = {row["uscc"] for row in self._members if row["county_code"] == self._county}
        return members | {row["group_uscc"] for row in self._groups}

    def of(self, uscc: str) -> dict[str, list[Row]]:
        """The year for one unit or group's company, by table."""
        own = {row["application_no"] for row in self._groups if row["group_uscc"] == uscc}
        members = [
            row
            for row in self._members
            if row["application_no"] in own or (row["county_code"], row["uscc"]) == (self._county, uscc)
        ]
        numbers = own | {row["application_no"] for row in members}
        groups = [
            row
            if row["application_no"] in own
            else {name: value if name in self._public else None for name, value in row.items()}
            for row in self._groups
            if row["application_no"] in numbers
        ]
        items = [row for row in self._items if row["application_no"] in own]
        return {**self._common, "group_member": members, "group_result": groups, "group_item": items}


def explain(folder: Path, *units: Unit) -> Iterator[Explanation]:
    """The data behind the results of `units` in the release in `folder`, county by county."""
    wording = read_wording(folder)
    with open_release(folder, threads=1) as connection:
        release = Rows(connection)
        cards = Cards(connection, wording, contract_of(folder), exact=True)
        words = shared_data(folder, release, wording, cards)
        asked: dict[str, list[Unit]] = {}
        for unit in units:
            asked.setdefault(unit.county_code, []).append(unit)
        for county, there in asked.items():
            concerned = Concerned(release, county)
            only = there[0].uscc if len(there) == 1 else None
            found = {uscc: json.loads(rows) for uscc, _, rows in cards.units(county, only)}
            for unit in there:
                tables = {
                    table: _as_rows(columns, found.get(unit.uscc, {}).get(table, []), unit.uscc)
                    for table, columns in cards.columns.items()
                }
                yield Explanation(unit, words, concerned.of(unit.uscc), tables)


def _as_rows(columns: Sequence[str], found: Any, uscc: str) -> list[Row]:
    """Rows by column, of arrays or of the arrays of one unit."""
    arrays = found if isinstance(found, list) else found[uscc]
    return [dict(zip(columns, row, strict=True)) for row in arrays]


def as_data(explanation: Explanation) -> str:
    """The explanation as JSON: its rows by published table."""
    words, unit = explanation.words, explanation.unit
    told = {name: words[name] for name in ("year", "stage", "release", "edition", "cut_off")}
    tables = {
        **{name: rows for name, rows in explanation.tables.items() if name not in ("delivery", "source")},
        "delivered": list(amounts(explanation)),
        **explanation.year,
    }
    return json.dumps(
        {**told, "asked_uscc": unit.asked, "county_code": unit.county_code, "uscc": unit.uscc, **tables},
        ensure_ascii=False,
        indent=1,
        default=str,
    )


def amounts(explanation: Explanation) -> Iterator[Row]:
    """The delivered figures one by one, each with its file, sheet and cell."""
    sources = {row["source"]: row for row in explanation.tables["source"]}
    for delivery in explanation.tables["delivery"]:
        source = sources[delivery["source"]]
        for figure, delivered in zip(source["figures"], delivery["amounts"], strict=True):
            letters = source["letters"][str(figure)] or ""
            yield {
                "member_uscc": delivery["member_uscc"] or explanation.unit.uscc,
                **{name: source[name] for name in ("department", "source_file", "source_sheet")},
                "line": delivery["line"],
                "cell": f"{letters}{delivery['line']}",
                **{
                    name: explanation.words["figures"][figure][name]
                    for name in ("label_zh", "measure", "unit")
                },
                "feed": explanation.words["figures"][figure]["feed"],
                "delivered": delivered,
                "counted": not delivery["left_out"],
            }


def day(date_: date) -> str:
    """A day as it is written in Chinese."""
    return f"{date_.year}年{date_.month}月{date_.day}日"


def find_county(folder: Path, county: str) -> tuple[str, str]:
    """Code and name of a county that evaluates enterprises in the release in `folder`, by one of the two."""
    with open_release(folder) as release:
        counties = fetch(
            release, "select distinct county_code, county_name from enterprise_result order by all"
        )
    named = county.strip().upper()
    for row in counties:
        if named in (row["county_code"], row["county_name"]):
            return row["county_code"], row["county_name"]
    there = ", ".join(f"{row['county_code']} {row['county_name']}" for row in counties)
    raise UserError(
        f"“{county}” evaluates no enterprise for {read_manifest(folder)['year']}. There are {there}."
    )


_UNITS = f"""
    select member.county_code, unit.county_name, member.unit_county_code, member.unit_uscc
    from {MEMBERS} as member
    inner join enterprise_result as unit
        on member.unit_county_code = unit.county_code and member.unit_uscc = unit.uscc
    where member.uscc = ? order by member.county_code
"""
_FOUND = f"select distinct rule_id from {FINDINGS} where uscc = ?"
_GROUPS = "select application_no, evaluating_county_code from group_result where group_uscc = ? order by all"


def _why_not(release: duckdb.DuckDBPyConnection, uscc: str) -> str:
    found = fetch(release, _FOUND, [uscc])
    reasons = [_LEFT_OUT[row["rule_id"]] for row in found if row["rule_id"] in _LEFT_OUT]
    return min(reasons, default="it is not on the list of enterprises")
