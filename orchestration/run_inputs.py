"""What a run lays down beside the departments' feeds: method, contract, earlier releases.

Belongs here: landing them as tables for the models. Does not: the feeds themselves (`intake`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pv

from orchestration.intake.contract import Contract
from orchestration.landing import land, landed
from orchestration.policy import Policy
from orchestration.release.compared import Compared
from orchestration.release.editions import method_of
from orchestration.release.register import Release
from orchestration.settings import WORDINGS, Home

CHANGED_FIGURE = pa.schema(
    {"uscc": pa.string(), "county_code": pa.string(), "figure": pa.string(), "value": pa.float64()}
)
_CONTRACT = "contract_sha256"
_CITY_TARGET = pa.schema({"indicator": pa.string(), "value": pa.float64()})

_WORDING = pa.schema({name: pa.string() for name in ("subject", "code", "label_zh", "sentence_zh", "clause")})


def compared_tables(amounts: Collection[str]) -> Mapping[str, Mapping[str, pa.Schema]]:
    """What the models compare with of each release: table, its columns and their types."""
    return {
        "previous": {
            "enterprise_result": pa.schema(
                {
                    name: pa.string()
                    for name in ("county_code", "home_county_code", "region", "uscc", "park_code", "class")
                }
                | {name: pa.string() for name in ("enterprise_name", "veto_reason")}
                | {
                    name: pa.float64()
                    for name in ("land_area_mu", *amounts, "bonus", "deduction", "total_score")
                }
            ),
            "standard": pa.schema(
                {name: pa.string() for name in ("level", "group_code", "indicator")}
                | {name: pa.float64() for name in ("max", "mean", "min")}
            ),
            "county_result": pa.schema({"county_code": pa.string(), "land_area_mu": pa.float64()}),
            "park_result": pa.schema({"park_code": pa.string(), "land_area_mu": pa.float64()}),
            "enterprise_member": pa.schema(
                {
                    name: pa.string()
                    for name in (
                        "county_code",
                        "home_county_code",
                        "uscc",
                        "park_code",
                        "unit_county_code",
                        "unit_uscc",
                    )
                }
                | {name: pa.float64() for name in amounts}
            ),
            "city_target": _CITY_TARGET,
        },
        "base": {"city_target": _CITY_TARGET},
        "notice": {
            "enterprise_result": pa.schema(
                {name: pa.string() for name in ("county_code", "uscc")}
                | {name: pa.float64() for name in ("land_area_mu", *amounts, "bonus", "deduction")}
            ),
            "enterprise_member": pa.schema(
                {name: pa.string() for name in ("county_code", "uscc", "unit_county_code", "unit_uscc")}
            ),
        },
    }


def lay_down(
    home: Home,
    year: int,
    stage: str,
    as_of: date,
    policy: Policy,
    contract: Contract,
    changes: Sequence[Mapping[str, Any]] = (),
) -> Compared:
    """Land all that the models read of `year` beside the feeds; returns the releases it is compared with.
    `changes`: the figures that a simulation changes, as rows of `CHANGED_FIGURE`."""
    compared = Compared.of(home, year, policy)
    land_run(home.landing, year, stage, as_of, policy.edition(year))
    land_policy(home.landing, year, policy)
    land_contract(home.landing, year, contract, stage, policy)
    land_wordings(home.landing, year)
    land(home.landing, "changed_figure", year, pa.Table.from_pylist(list(changes), CHANGED_FIGURE))
    land_compared(home.landing, year, compared, policy)
    return compared


def land_run(landing: Path, year: int, stage: str, as_of: date, edition: str) -> None:
    """Land what the run was told as `run`: its stage, the day on which waivers are looked at, the edition."""
    land(landing, "run", year, pa.table({"stage": [stage], "as_of": [as_of], "edition": [edition]}))


def land_policy(landing: Path, year: int, policy: Policy) -> None:
    """Land every table of the method as `policy_<table>`, cut to the edition in force."""
    for name, rows in policy.of_edition(year).items():
        land(landing, f"policy_{name}", year, rows)


def is_landed(landing: Path, year: int, policy: Policy) -> bool:
    """Whether `policy` is the method that the models of `year` read. Other editions do not matter."""
    method = policy.of_edition(year)
    return method == {name: landed(landing, f"policy_{name}", year) for name in method}


def is_agreed(landing: Path, year: int, contract: Contract) -> bool:
    """Whether `contract` is the one that the models of `year` read, as far as it speaks of that year."""
    there = landed(landing, "feed_contract", year, pa.schema({_CONTRACT: pa.string()}))
    return there is not None and set(there[_CONTRACT].to_pylist()) == {contract.fingerprint(year)}


def is_compared(landing: Path, year: int, compared: Compared) -> bool:
    """Whether these are the releases that the models of `year` compared it with."""
    parts = {"previous": compared.previous, "base": compared.base, "notice": compared.notice}
    return all(landed(landing, f"{part}_release", year) == _which(release) for part, release in parts.items())


def land_contract(landing: Path, year: int, contract: Contract, stage: str, policy: Policy) -> None:
    """Land what each feed owes at `stage` as `feed_contract`, with the hash of the contract of the year; its
    columns that have a unit as `feed_column`, with the factor to the published unit and what they contribute
    to; what its codes mean as `feed_code`."""
    said, contract = contract.fingerprint(year), contract.for_year(year)
    feeds = list(contract.feeds.values())
    land(
        landing,
        "feed_contract",
        year,
        pa.table(
            {
                "feed": [feed.name for feed in feeds],
                "label_zh": [feed.label for feed in feeds],
                "department": [feed.department for feed in feeds],
                "needed": [feed.needed_at(stage) for feed in feeds],
                "may_be_empty": [feed.may_be_empty for feed in feeds],
                _CONTRACT: [said] * len(feeds),
            }
        ),
    )
    land(landing, "feed_column", year, _feed_columns(contract, policy))
    land(landing, "feed_code", year, _feed_codes(contract))


def _feed_columns(contract: Contract, policy: Policy) -> pa.Table:
    units = {unit["unit"]: unit for unit in policy.rows("units")}
    return pa.Table.from_pylist(
        [
            {
                "feed": feed.name,
                "department": feed.department,
                "column_name": column.name,
                "position": position,
                "label_zh": column.label,
                "unit_zh": units[column.unit]["unit_zh"],
                "published_unit": units[column.unit]["published_unit"],
                "multiply_by": units[column.unit]["multiply_by"],
                "divide_by": units[column.unit]["divide_by"],
                "measure": column.measure,
                "averaged": column.averaged,
            }
            for feed in contract.feeds.values()
            for position, column in enumerate(feed.columns.values(), start=1)
            if column.unit is not None
        ]
    )


def _feed_codes(contract: Contract) -> pa.Table:
    """Departments, feeds (`value`: the department), and the choices of every column."""
    codes: list[tuple[str, str, str, str | None]] = [
        ("department", name, label, None) for name, label in contract.departments.items()
    ]
    codes += [("feed", feed.name, feed.label, feed.department) for feed in contract.feeds.values()]
    choices = {
        (column.name, code): label
        for feed in contract.feeds.values()
        for column in feed.columns.values()
        for label, code in column.choices.items()
    }
    codes += [(column, code, label, None) for (column, code), label in choices.items()]
    schema = pa.schema({name: pa.string() for name in ("subject", "code", "label_zh", "value")})
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in codes], schema)


def land_wordings(landing: Path, year: int) -> None:
    """Land what is said to people as `wording`, as text."""
    text = pv.ConvertOptions(column_types=_WORDING, strings_can_be_null=True)
    land(landing, "wording", year, pv.read_csv(WORDINGS, convert_options=text))


def changes_figures(landing: Path, year: int) -> bool:
    """Whether what is landed for `year` is that of a simulation (rulebook 13.2)."""
    rows = landed(landing, "changed_figure", year)
    return rows is not None and rows.num_rows > 0


def land_compared(landing: Path, year: int, compared: Compared, policy: Policy) -> None:
    """Land what is compared of earlier releases as `<previous|base|notice>_<table>`, and which they are as
    `<previous|base|notice>_release`: empty tables where there is none, null in a column that it lacks because
    an earlier version of the product made it. UserError where one is no longer what was released."""
    releases = {"previous": compared.previous, "base": compared.base, "notice": compared.notice}
    tables = compared_tables(policy.amounts(policy.edition(year)))
    for part, release in releases.items():
        for name, schema in tables[part].items():
            land(landing, f"{part}_{name}", year, _rows(release, name, schema))
        land(landing, f"{part}_release", year, _which(release))
    _land_previous_method(landing, year, compared.previous, policy)


def _land_previous_method(landing: Path, year: int, previous: Release | None, policy: Policy) -> None:
    """Land what the release of the year before was scored by, as `previous_policy_<table>`."""
    of_edition = (method_of(previous) if previous else policy).of_edition(previous.year if previous else year)
    for name in ("parameters", "tiers", "weights"):
        rows = of_edition[name]
        land(landing, f"previous_policy_{name}", year, rows if previous else rows.slice(0, 0))


def _rows(release: Release | None, name: str, schema: pa.Schema) -> pa.Table:
    if release is None:
        return schema.empty_table()
    table = release.table(name)
    columns = {
        column.name: table[column.name] if column.name in table.column_names else pa.nulls(len(table))
        for column in schema
    }
    return pa.table(columns).cast(schema)


def _which(release: Release | None) -> pa.Table:
    """The release, its year, and the day it was made by; no row for none."""
    schema = pa.schema({"release": pa.string(), "released_year": pa.int32(), "as_of": pa.date32()})
    if release is None:
        return schema.empty_table()
    as_of = date.fromisoformat(release.trusted_manifest()["as_of"])
    row = {"release": release.id, "released_year": release.year, "as_of": as_of}
    return pa.Table.from_pylist([row], schema)
