"""What a run lays down beside the departments' feeds: the method, the contract, last year's release.

Belongs here: landing them as tables for the models. Does not: the feeds themselves (`intake`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa

from orchestration.intake.contract import Contract
from orchestration.landing import land, landed
from orchestration.policy import Policy
from orchestration.release.register import Release


def previous_tables(amounts: Iterable[str]) -> Mapping[str, pa.Schema]:
    """What the models compare with of the release of the year before: table, its columns and their types."""
    return {
        "enterprise_result": pa.schema(
            {name: pa.string() for name in ("county_code", "home_county_code", "uscc", "park_code", "class")}
            | {name: pa.float64() for name in ("land_area_mu", *amounts, "total_score")}
        ),
        "county_result": pa.schema({"county_code": pa.string(), "land_area_mu": pa.float64()}),
        "park_result": pa.schema({"park_code": pa.string(), "land_area_mu": pa.float64()}),
        "enterprise_member": pa.schema({"county_code": pa.string(), "uscc": pa.string()}),
        "city_target": pa.schema({"indicator": pa.string(), "value": pa.float64()}),
    }


def land_run(landing: Path, year: int, stage: str, as_of: date, edition: str) -> None:
    """Land what the run was told as `run`: its stage, the day on which waivers are looked at, the edition."""
    land(landing, "run", year, pa.table({"stage": [stage], "as_of": [as_of], "edition": [edition]}))


def land_policy(landing: Path, year: int, policy: Policy) -> None:
    """Land every table of the method as `policy_<table>`, cut to the edition in force."""
    for name, rows in policy.of_edition(year).items():
        land(landing, f"policy_{name}", year, rows)


def is_landed(landing: Path, year: int, policy: Policy) -> bool:
    """Whether `policy` is the method that the models of `year` read. Other editions do not matter."""
    read = {name: landed(landing, f"policy_{name}", year) for name in policy.tables}
    return read == policy.of_edition(year)


def land_contract(landing: Path, year: int, contract: Contract, stage: str, policy: Policy) -> None:
    """Land what each feed owes at `stage` as `feed_contract`; its columns that have a unit as `feed_column`,
    with the factor to the published unit and what they contribute to; what codes mean as `feed_code`."""
    contract = contract.for_year(year)
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


def land_previous_release(landing: Path, year: int, release: Release | None, policy: Policy) -> None:
    """Land what is compared with the release of the year before: empty tables where there is none, null in a
    column that it lacks because an earlier version of the product made it. UserError where it is no longer
    what was released."""
    for name, schema in previous_tables(policy.amounts(policy.edition(year))).items():
        rows = schema.empty_table()
        if release is not None:
            table = release.table(name)
            columns = {
                column.name: table[column.name] if column.name in table.column_names else pa.nulls(len(table))
                for column in schema
            }
            rows = pa.table(columns).cast(schema)
        land(landing, f"previous_{name}", year, rows)
