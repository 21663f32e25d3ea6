"""The web pages of a release: `site/`, in Chinese, opened from disk, with no server and no request.

Belongs here: which data the pages get, and putting them beside the scripts and styles of `site_files/`, which
draw them. Does not: how anything looks (`templates`, `site_files`), what things are called (`wording`).

A page from disk may not fetch, so each county's rows stand in a script of its own that its page loads; the
cards of its enterprises are drawn from it in the browser. Rows are arrays, the names of whose columns
`data/shared.js` holds once.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from expectations.equality import EQUAL_WITHIN
from orchestration.archives import compressed
from orchestration.changeable import caps_of, changeable, signed
from orchestration.intake.contract import Contract
from orchestration.policy import Policy, load_policy
from orchestration.presentation.cards import Cards, as_json
from orchestration.presentation.pages import FILES, render
from orchestration.presentation.territory import of_county
from orchestration.presentation.wording import (
    INTERNAL,
    STAGES,
    Wording,
    contract_of,
    draft_mark,
    filled,
    read_wording,
)
from orchestration.presentation.year import at_a_glance
from orchestration.release.reading import MEMBERS, open_packages, open_release, read_manifest
from orchestration.rows import fetch
from orchestration.wordings import SENTENCES


def write_site(folder: Path) -> None:
    """Write `<folder>/site` from the tables, the manifest and the method of the release in `folder`."""
    site = folder / "site"
    (site / "data").mkdir(parents=True)
    wording = read_wording(folder)
    # One thread gives rows in the order in which they are stored, that of the keys; to sort them into it
    # again would take longer than all the rest.
    with open_release(folder, threads=1) as connection:
        release, cards = Rows(connection), Cards(connection, wording, contract_of(folder))
        shared = shared_data(folder, release, wording, cards)
        _write_data(site / "data" / "shared.js", "SHARED", as_json(shared))
        _write_data(
            site / "data" / "index.js",
            "YEAR",
            as_json(at_a_glance(connection, folder, read_manifest(folder))),
        )
        _write_data(site / "data" / "enterprises.js", "ENTERPRISES", release.everyone())
        for code, rows in cards.counties(shared["counties"]):
            packed = base64.b64encode(compressed(rows.encode())).decode()
            _write_data(site / "data" / f"{code}.js", "PACKED", f'"{packed}"')
            _write_territory(site, code, connection)
    _write_pages(site, f"{shared['year']}年度制造业亩均效益综合评价", shared["counties"])


def _write_territory(site: Path, code: str, tables: duckdb.DuckDBPyConnection) -> None:
    """What the page of a county tells of its own result, by the tables of the release or of its package."""
    _write_data(site / "data" / f"{code}-territory.js", "TERRITORY", as_json(of_county(tables, code)))


def _write_data(path: Path, name: str, literal: str) -> None:
    # Text may hold </script> or <!--, wherever a script is put.
    safe = literal.replace("<", "\\u003c")
    path.write_text(f"const {name} = {safe};\n", encoding="utf-8")


def _write_pages(site: Path, title: str, counties: Mapping[str, Mapping[str, Any]]) -> None:
    shutil.copytree(FILES, site / "assets", ignore=shutil.ignore_patterns("sheet.js"))
    said = {"title": title, "internal": INTERNAL, "alone": False}
    (site / "index.html").write_text(render("index.html.j2", **said, root="."), encoding="utf-8")
    for kind in ("county", "print"):
        (site / kind).mkdir()
        for code, county in counties.items():
            page = render(f"{kind}.html.j2", **said, root="..", code=code, name=county["name"])
            (site / kind / f"{code}.html").write_text(page, encoding="utf-8")


# What the pages of one county need of its scripts and styles.
_OF_A_COUNTY = (
    "common.js",
    "frame.js",
    "charts.js",
    "unpack.js",
    "card.js",
    "calc.js",
    "territory.js",
    "county.js",
    "print.js",
    "site.css",
    "card.css",
)
# The tables of its package that they show besides its enterprises.
_TABLES_OF_A_COUNTY = (
    "class_count",
    "county_result",
    "county_item",
    "county_diagnosis",
    "group_result",
    "group_item",
    "group_member",
    "measure",
)


# What they do not show, or only the data that is linked to.
_NOT_SHOWN = ("enterprise_", "filing", "finding", "improvement_", "objection", "source_", "verdict", "waiver")


def write_county_sites(folder: Path) -> None:
    """Write `<folder>/packages/counties/<code>/site`: the page of each county that evaluates enterprises,
    with their cards, and the print file of these, from its own package and the data of its page in
    `<folder>/site`."""
    shared = _data_of(folder / "site" / "data" / "shared.js")
    if shared["method"]["standard_scope"] != "county":
        return  # the cards hold standards, and those of a region are made of other counties' enterprises
    title = f"{shared['year']}年度制造业亩均效益综合评价"
    with open_packages(folder, without=_NOT_SHOWN) as opened:
        for package in sorted((folder / "packages" / "counties").iterdir()):
            code, county = package.name, shared["counties"].get(package.name)
            if county is None:
                continue  # it has no page: nobody is evaluated there, and nothing of it
            tables, site = opened(package), package / "site"
            (site / "data").mkdir(parents=True)
            (site / "assets").mkdir()
            same = (*(f"assets/{name}" for name in _OF_A_COUNTY), "data/shared.js", f"data/{code}.js")
            for name in same:
                os.link(folder / "site" / name, site / name)  # the same bytes, once on the disk
            _write_data(site / "data" / "index.js", "YEAR", as_json(_year_of(tables, code)))
            _write_territory(site, code, tables)
            said = {"title": title, "internal": INTERNAL, "root": ".", "code": code, "name": county["name"]}
            for kind, name in (("county", "index"), ("print", "print")):
                page = render(f"{kind}.html.j2", **said, alone=True)
                (site / f"{name}.html").write_text(page, encoding="utf-8")


def _data_of(script: Path) -> Any:
    """What a script of `_write_data` holds."""
    return json.loads(script.read_text(encoding="utf-8").partition(" = ")[2].rstrip(";\n"))


def _year_of(package: duckdb.DuckDBPyConnection, county: str) -> dict[str, Any]:
    """The year as far as a county may know it, from its package."""
    year: dict[str, Any] = {
        table: fetch(package, f"select * exclude (year) from {table}") for table in _TABLES_OF_A_COUNTY
    }
    year["measured"] = fetch(
        package,
        "select $county as county_code, measure_no, count(*) as targets from measure_target "
        "group by measure_no order by measure_no",
        {"county": county},
    )
    return year


class Rows:
    """The tables of a release, as the pages want them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: object = None) -> list[dict[str, Any]]:
        """The rows that `sql` gives, as dictionaries."""
        return fetch(self._connection, sql, parameters)

    def has(self, table: str) -> bool:
        """Whether the release has a table; one of an earlier version lacks some."""
        return bool(self.rows("select 1 from duckdb_tables() where table_name = ?", [table]))

    def table(self, name: str, key: str) -> list[dict[str, Any]]:
        """All rows of a table in the order of `key`; none where the release has no such table."""
        if not self.has(name):
            return []
        return self.rows(f"select * exclude (year) from {name} order by {key}")

    def sentences(self) -> dict[str, dict[str, dict[str, str]]]:
        """What is said of codes, and by which clause, by subject and code; what an earlier version had no
        words for, in those of the project."""
        method = {
            row["code"]: row["value"]
            for row in self.rows("select * from code_list where subject = 'parameter'")
        }
        said = {
            subject: {code: {**one, "text": filled(one["text"], method)} for code, one in codes.items()}
            for subject, codes in SENTENCES.items()
        }
        for row in self.rows(
            "select subject, code, sentence_zh, clause from code_list where sentence_zh is not null"
        ):
            said.setdefault(row["subject"], {})[row["code"]] = {
                "text": row["sentence_zh"],
                "clause": row["clause"],
            }
        return said

    def code(self, subject: str, code: str) -> str:
        """What the method or the run says of a code."""
        ((value,),) = self._connection.execute(
            "select value from code_list where subject = ? and code = ?", [subject, code]
        ).fetchall()
        return str(value)

    def everyone(self) -> str:
        """Code, name, county and class of every enterprise, for the search over the whole city; of one that
        is evaluated as part of another, its unit's class."""
        row = "json_array(member.uscc, member.enterprise_name, unit.county_code, unit.class)::varchar"
        ((found,),) = self._connection.execute(
            f"""
            select '[' || string_agg({row}, ',\n' order by member.uscc, unit.county_code) || ']'
            from {MEMBERS} as member
            inner join enterprise_result as unit
                on member.unit_county_code = unit.county_code and member.unit_uscc = unit.uscc
            """
        ).fetchall()
        return str(found or "[]")


def shared_data(folder: Path, release: Rows, wording: Wording, cards: Cards) -> dict[str, Any]:
    """What every page needs: the release, the words, the counties, the names of the columns of its rows."""
    manifest = read_manifest(folder)
    policy = load_policy(folder / "policy")

    def words(table: str, code: str, word: str) -> dict[str, Any]:
        return {row[code]: row[word] for row in policy.rows(table) if row["edition"] == manifest["edition"]}

    contract = contract_of(folder).for_year(manifest["year"])
    leases = contract.feeds["land_leases"].columns
    return {
        "year": manifest["year"],
        "cut_off": release.code("run", "cut_off"),
        "mu_of_m2": release.code("unit", "m2"),
        "stage": manifest["stage"],
        "stage_zh": STAGES[manifest["stage"]],
        "stages": STAGES,
        "draft_mark": draft_mark(manifest),
        "release": manifest["release"],
        "edition": wording.edition,
        "columns": cards.columns,
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
        "belongings": wording.codes["belonging"],
        "charges": wording.codes["charged_by"],
        "move_parts": wording.codes.get("move_part", {}),
        "because": wording.codes["because"],
        "severities": wording.codes["severity"],
        "subjects": wording.codes.get("subject", {}),
        "decisions": wording.codes.get("decision", {}),
        "merge_reasons": wording.codes.get("merge_reason", {}),
        "transitions": wording.codes.get("transition_type", {}),
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
        "figures": cards.figures,
        "method": _method(manifest, policy, contract),
    }


def _method(manifest: Mapping[str, Any], policy: Policy, contract: Contract) -> dict[str, Any]:
    """The numbers of the method by which a page computes what if (`site_files/calc.js`)."""
    edition, year = manifest["edition"], manifest["year"]

    def rows(table: str) -> list[dict[str, Any]]:
        return [row for row in policy.rows(table) if row.get("edition", edition) == edition]

    weights: dict[str, dict[str, float]] = {}
    for row in rows("weights"):
        if row["level"] == "enterprise":
            weights.setdefault(row["region"], {})[row["indicator"]] = row["weight"]
    tiers = {row["tier"]: row["coefficient"] for row in rows("tiers")}
    (yuan,) = (row for row in rows("units") if row["unit"] == "yuan")
    caps = caps_of(policy, year)
    return {
        "weights": weights,
        "tiers": {"best": tiers["优"], "better": tiers["较优"], "ordinary": tiers["一般"]},
        "zero_value": policy.parameter(year, "zero_value"),
        "standard_scope": policy.parameter(year, "standard_scope"),
        "score_decimals": int(policy.parameter(year, "score_decimals")),
        "equal_within": EQUAL_WITHIN,
        "yuan": yuan["divide_by"] / yuan["multiply_by"],
        "money": "万元",
        "figures": changeable(contract),
        "caps": caps,
        "signed": sorted(signed(contract)),
    }


def _nested(words: Mapping[tuple[str, str], str]) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for (table, column), word in words.items():
        tables.setdefault(table, {})[column] = word
    return tables


def _counties(release: Rows, wording: Wording) -> dict[str, dict[str, Any]]:
    """Every county with a page: those that evaluate enterprises, and those evaluated by their base."""
    rows = release.rows(
        "select county_code, region from enterprise_result union "
        "select county_code, region from county_result order by county_code"
    )
    return {
        row["county_code"]: {"name": wording.counties[row["county_code"]], "region": row["region"]}
        for row in rows
    }
