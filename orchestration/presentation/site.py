"""The web pages of a release: `site/`, in Chinese, opened from disk, with no server and no request.

Belongs here: which data the pages get, and putting them beside the scripts and styles of `site_files/`, which
draw them. Does not: how anything looks (`templates`, `site_files`), what things are called (`wording`).

A page from disk may not fetch, so each county's rows stand in a script of its own that its page loads; the
cards of its enterprises are drawn from it in the browser. Rows are arrays, the names of whose columns
`data/shared.js` holds once.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.intake.contract import Contract
from orchestration.policy import load_policy
from orchestration.presentation.pages import render
from orchestration.presentation.wording import (
    INTERNAL,
    STAGES,
    Wording,
    contract_of,
    draft_mark,
    read_wording,
)
from orchestration.presentation.year import at_a_glance
from orchestration.release.reading import open_release, read_manifest
from orchestration.rows import fetch

_FILES = Path(__file__).with_name("site_files")
_DIGITS = 6  # after the point: what a page shows is rounded further, and shorter figures load faster

# What the list of a county shows of each enterprise, and its card besides; before the indicators that it has
# and the amounts that these are made of.
_RESULT = (
    "uscc, enterprise_name, industry_code, park_code, home_county_code, members, treatment, veto_reason, "
    "class, previous_class, rank, total_score, base_score, bonus, deduction, land_area_mu"
)

# What stands behind a result, by table: the columns that a card shows. A table that names
# members calls the unit `unit_county_code`, `unit_uscc`.
_BEHIND = {
    "enterprise_item": "indicator, value, tier, weight, standard_max, standard_mean, standard_min, because, "
    "value_from, value_to, coefficient_from, coefficient_to, share, score, points_lost",
    "enterprise_diagnosis": "indicator, value, item_rank, previous_value, change, lifting_value",
    "enterprise_border": "next_class, next_class_total, points_missing, lower_border_total, best_indicator",
    "enterprise_firmness": "scenarios, firmness, best_class, worst_class",
    "enterprise_land": "registered_m2, leased_in_m2, leased_out_m2, not_counted_m2, computed_m2, "
    "confirmed_m2, land_area_m2",
    "enterprise_member": "uscc, enterprise_name, land_area_mu",
    "enterprise_parcel": "member_uscc, parcel_id, land_use, area_m2, contract_date, registered_on, ended_on, "
    "counted, reason, source_file, source_sheet, source_cell, source_row_key",
    "enterprise_contract": "member_uscc, role, contract_id, tenure, object_type, area_m2, "
    "project_floor_area_m2, project_land_area_m2, land_m2, parcel_id, starts_on, ends_on, counted, reason, "
    "source_file, source_sheet, source_cell, source_row_key",
    "enterprise_event": "member_uscc, kind, document, type, happened_on, points, counted, reason, "
    "source_file, source_sheet, source_row_key",
}

_PROGRESS = (
    "uscc, enterprise_name, previous_class, previous_total_score, batch, plan, responsible, due_on, status, "
    "completed_on, overdue, unit_uscc, unit_county_code, treatment, class, total_score, moved, gone"
)
# What follows from a unit's class: the numbers of its measures.
_MEASURES = """(
    select county_code, split_part(code, '/', 1) as uscc, measure_no from measure_target
    where level = 'enterprise' order by code, measure_no
)"""

# Amounts are many, and say the same labels and files again and again: their rows point at lists of both.
_AMOUNT = ("member_uscc", "figure", "delivered", "source", "place")
_AMOUNTS = """(
    from enterprise_amount as amounts
    inner join numbered_figure using (feed, column_name, label_zh)
    inner join numbered_source as sources
        on sources.department = amounts.department and sources.source_file = amounts.source_file
        and sources.source_sheet is not distinct from amounts.source_sheet
)"""


def write_site(folder: Path) -> None:
    """Write `<folder>/site` from the tables, the manifest and the method of the release in `folder`."""
    site = folder / "site"
    (site / "data").mkdir(parents=True)
    (site / "county").mkdir()
    wording = read_wording(folder)
    # One thread gives rows in the order in which they are stored, that of the keys; to sort them into it
    # again would take longer than all the rest.
    with open_release(folder, threads=1) as connection:
        release = _Rows(connection)
        shared = _shared(folder, release, wording)
        _write_data(site / "data" / "shared.js", "SHARED", _json(shared))
        _write_data(
            site / "data" / "index.js", "YEAR", _json(at_a_glance(connection, folder, read_manifest(folder)))
        )
        _write_data(site / "data" / "enterprises.js", "ENTERPRISES", release.everyone())
        for code, parts in release.counties(shared["counties"], release.columns(wording)).items():
            _write_data(site / "data" / f"{code}.js", "COUNTY", parts)
    _write_pages(site, f"{shared['year']}年度制造业亩均效益综合评价", shared["counties"])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _write_data(path: Path, name: str, literal: str) -> None:
    # Text may hold </script> or <!--, wherever a script is put.
    safe = literal.replace("<", "\\u003c")
    path.write_text(f"const {name} = {safe};\n", encoding="utf-8")


def _write_pages(site: Path, title: str, counties: Mapping[str, Mapping[str, Any]]) -> None:
    shutil.copytree(_FILES, site / "assets")
    said = {"title": title, "internal": INTERNAL}
    (site / "index.html").write_text(render("index.html.j2", **said, root="."), encoding="utf-8")
    for code, county in counties.items():
        page = render("county.html.j2", **said, root="..", code=code, name=county["name"])
        (site / "county" / f"{code}.html").write_text(page, encoding="utf-8")


class _Rows:
    """The tables of a release, as the pages want them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._types: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where database_name = 'release'"
        ).fetchall():
            self._types.setdefault(table, {})[column] = kind

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows that `sql` gives, as dictionaries."""
        return fetch(self._connection, sql)

    def table(self, name: str, key: str) -> list[dict[str, Any]]:
        """All rows of a table in the order of `key`."""
        return self.rows(f"select * exclude (year) from {name} order by {key}")

    def sentences(self) -> dict[str, dict[str, dict[str, str]]]:
        """What is said of codes, and by which clause, by subject and code."""
        said: dict[str, dict[str, dict[str, str]]] = {}
        for row in self.rows(
            "select subject, code, sentence_zh, clause from code_list where sentence_zh is not null"
        ):
            said.setdefault(row["subject"], {})[row["code"]] = {
                "text": row["sentence_zh"],
                "clause": row["clause"],
            }
        return said

    def amount_lists(self, contract: Contract) -> dict[str, list[dict[str, Any]]]:
        """The labels that amounts point at, in the order of the contract, and their files."""
        columns = ((feed.name, column) for feed in contract.feeds.values() for column in feed.columns)
        places = {column: place for place, column in enumerate(columns)}
        figures = self.rows("select distinct feed, column_name, label_zh from enterprise_amount order by all")
        figures.sort(key=lambda row: places.get((row["feed"], row["column_name"]), len(places)))
        sources = self.rows(
            "select distinct department, source_file, source_sheet from enterprise_amount order by all"
        )
        self._number("figure", figures, ("feed", "column_name", "label_zh"))
        self._number("source", sources, ("department", "source_file", "source_sheet"))
        return {"figures": figures, "sources": sources}

    def _number(self, name: str, rows: list[dict[str, Any]], columns: Iterable[str]) -> None:
        """Let `numbered_<name>` hold the rows with their places, in the column `name`."""
        texts = {column: pa.array([row[column] for row in rows], pa.string()) for column in columns}
        numbers = pa.array(range(len(rows)), pa.int64())
        self._connection.register(f"numbered_{name}", pa.table({name: numbers, **texts}))

    def everyone(self) -> str:
        """Code, name, county and class of every enterprise, for the search over the whole city."""
        row = self._array("enterprise_result", ("uscc", "enterprise_name", "county_code", "class"))
        ((found,),) = self._connection.execute(
            f"select '[' || string_agg({row}, ',\n' order by uscc, county_code) || ']' from enterprise_result"
        ).fetchall()
        return str(found or "[]")

    def columns(self, wording: Wording) -> dict[str, list[str]]:
        """What the pages show of a unit and of what stands behind it: columns by table."""
        indicators = [code for code in wording.fractions if code in self._types["enterprise_result"]]
        amounts = wording.amounts(indicators)
        columns = {table: names.split(", ") for table, names in _BEHIND.items()}
        columns["enterprise_member"] += amounts
        return {
            "enterprise_result": [*_RESULT.split(", "), *amounts, *indicators],
            "improvement_progress": _PROGRESS.split(", "),
            **columns,
        }

    def counties(self, codes: Iterable[str], columns: Mapping[str, list[str]]) -> dict[str, str]:
        """For each county its enterprises, and by unit what stands behind their results."""
        row = self._array("enterprise_result", columns["enterprise_result"])
        parts: dict[str, dict[str, str]] = {code: {} for code in codes}
        for code, found in self._connection.execute(
            f"select county_code, '[' || string_agg({row}, ',\n' order by rank nulls last, "
            "treatment, uscc) || ']' from enterprise_result group by county_code"
        ).fetchall():
            parts[code]["enterprise_result"] = found
        row = self._array("improvement_progress", columns["improvement_progress"])
        for code, found in self._connection.execute(
            f"select county_code, '[' || string_agg({row}, ',\n' order by previous_class desc nulls last, "
            "uscc) || ']' from improvement_progress group by county_code"
        ).fetchall():
            if code in parts:  # a county of which nobody is left has no page
                parts[code]["improvement_progress"] = found
        self._add(parts, "measure_target", _MEASURES, "", "to_json(measure_no)::varchar")
        for table in _BEHIND:
            unit = "unit_" if table == "enterprise_member" else ""
            self._add(parts, table, table, unit, self._array(table, columns[table]))
        row = (
            "json_array(nullif(member_uscc, uscc), figure, delivered, source, "
            "coalesce(source_cell, source_row_key))::varchar"
        )
        self._add(parts, "enterprise_amount", _AMOUNTS, "", row)
        return {
            code: "{" + ",\n".join(f"{_json(table)}:{rows}" for table, rows in found.items()) + "}"
            for code, found in parts.items()
        }

    def _array(self, table: str, columns: Iterable[str]) -> str:
        """SQL for a row as a JSON array."""
        rounded = (
            f"round({column}, {_DIGITS})" if self._types[table][column] == "DOUBLE" else column
            for column in columns
        )
        return f"json_array({', '.join(rounded)})::varchar"

    def _add(self, parts: dict[str, dict[str, str]], name: str, table: str, unit: str, row: str) -> None:
        """Add the rows of `table` to each county, as an object of arrays by unit, which the columns `unit`,
        a prefix, `county_code` and `uscc` name."""
        for code, found in self._connection.execute(
            f"""
            with units as (
                select {unit}county_code as county_code, {unit}uscc as unit, string_agg({row}, ',') as rows
                from {table} group by all
            )
            select
                county_code,
                '{{' || string_agg(to_json(unit)::varchar || ':[' || rows || ']', ',\n') || '}}'
            from units group by county_code
            """
        ).fetchall():
            parts[code][name] = found


def _shared(folder: Path, release: _Rows, wording: Wording) -> dict[str, Any]:
    """What every page needs: the release, the words, the counties, the names of the columns of its rows."""
    manifest = read_manifest(folder)
    policy = load_policy(folder / "policy")

    def words(table: str, code: str, word: str) -> dict[str, Any]:
        return {row[code]: row[word] for row in policy.rows(table) if row["edition"] == manifest["edition"]}

    contract = contract_of(folder).for_year(manifest["year"])
    leases = contract.feeds["land_leases"].columns
    return {
        "year": manifest["year"],
        "stage": manifest["stage"],
        "stage_zh": STAGES[manifest["stage"]],
        "stages": STAGES,
        "draft_mark": draft_mark(manifest),
        "release": manifest["release"],
        "edition": wording.edition,
        "columns": {
            **release.columns(wording),
            "enterprise_amount": _AMOUNT,
        },
        "labels": _nested(wording.labels),
        "units": _nested(wording.units_of_measure),
        "indicators": wording.indicators,
        "fractions": wording.fractions,
        "amounts": wording.amounts(wording.fractions),
        "regions": wording.regions,
        "parks": wording.parks,
        "departments": wording.departments,
        "treatments": wording.codes["treatment"],
        "veto_reasons": wording.codes["veto_reason"],
        "levels": wording.codes["level"],
        "moves": wording.codes["moved"],
        "fields": wording.codes.get("field", {}),
        "batches": wording.codes.get("batch", {}),
        "statuses": wording.codes.get("status", {}),
        "sentences": release.sentences(),
        "divisions": words("industry_divisions", "division", "division_zh"),
        "events": words("honours", "honour_type", "honour_zh")
        | words("incidents", "incident_type", "incident_zh"),
        "land_uses": words("land_uses", "land_use", "land_use_zh"),
        "tenures": {code: zh for zh, code in leases["tenure"].choices.items()},
        "object_types": {code: zh for zh, code in leases["object_type"].choices.items()},
        "growth_units": words("targets", "indicator", "growth_unit"),
        "counties": _counties(release, wording),
        **release.amount_lists(contract),
    }


def _nested(words: Mapping[tuple[str, str], str]) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for (table, column), word in words.items():
        tables.setdefault(table, {})[column] = word
    return tables


def _counties(release: _Rows, wording: Wording) -> dict[str, dict[str, Any]]:
    """Every county with a page: those that evaluate enterprises, and those evaluated by their base."""
    rows = release.rows(
        "select county_code, region from enterprise_result union "
        "select county_code, region from county_result order by county_code"
    )
    return {
        row["county_code"]: {"name": wording.counties[row["county_code"]], "region": row["region"]}
        for row in rows
    }
