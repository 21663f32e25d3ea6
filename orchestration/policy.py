"""The method as tables (`data/policy`), typed: which edition is in force, and what it says.

Belongs here: finding the edition and the rows in force, and telling two contents of an edition apart. Does
not: the form of the tables (`policy_form`), what the numbers mean, which is for the models.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.errors import UserError
from orchestration.policy_form import (
    EDITION,
    Reading,
    Schema,
    Table,
    came_after,
    check_tables,
    read_tables,
    schema,
)

_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}

LAND = "land_area_mu"  # what an indicator may be made of beside amounts

# How many years past the newest edition may be evaluated before somebody must look at the method again.
_HORIZON = 20


@dataclass(frozen=True)
class Policy:
    """The tables by name, each an Arrow table in the types of `schema.yaml`; `version`: that of the product
    for which they were written."""

    tables: Mapping[str, pa.Table]
    form: Schema
    version: str

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table as dictionaries."""
        return self.tables[table].to_pylist()

    def edition(self, year: int) -> str:
        """The edition in force in `year`; UserError if there is none."""
        editions = sorted(self.rows("editions"), key=lambda row: row["first_year"], reverse=True)
        for row in editions:
            if row["first_year"] <= year <= (row["last_year"] or year):
                return str(row["edition"])
        years = "; ".join(
            f"{row['edition']}: {row['first_year']} to {row['last_year'] or 'today'}"
            for row in reversed(editions)
        )
        raise UserError(
            f"No edition of the method is in force for {year}. "
            f"Those that are stand in editions.csv of the method: {years}."
        )

    @cached_property
    def years(self) -> list[int]:
        """The years that can be evaluated, oldest first. They come from the editions, not from the clock."""
        first_years = self.tables["editions"]["first_year"].to_pylist()
        return list(range(min(first_years), max(first_years) + _HORIZON))

    @cached_property
    def counties(self) -> dict[str, str]:
        """Every county code there is, in force or not, and its name."""
        return {row["county_code"]: row["county_name"] for row in self.rows("counties")}

    def cut_off(self, edition: str, year: int) -> date:
        """The day of `year` on which everything is taken as it stands by `edition`."""
        (day,) = (
            row["value"]
            for row in self.rows("parameters")
            if (row[EDITION], row["parameter"]) == (edition, "cut_off")
        )
        return date.fromisoformat(f"{year}-{day}")

    def counties_in(self, year: int) -> dict[str, str]:
        """The counties in force on the cut-off date of `year`: code → name."""
        day = self.cut_off(self.edition(year), year)
        return {
            row["county_code"]: row["county_name"]
            for row in self.rows("counties")
            if (row["valid_from"] or day) <= day <= (row["valid_to"] or day)
        }

    @cached_property
    def retired_counties(self) -> dict[str, tuple[str, str, str]]:
        """Codes no longer used, each with its old name, the code of its successor and that one's name."""
        return {
            row["county_code"]: (row["county_name"], row["successor"], self.counties[row["successor"]])
            for row in self.rows("retired_counties")
        }

    def office(self, day: date) -> dict[str, Any]:
        """Whom objections go to on `day`: office, contact, address, each null while it is not set."""
        rows = [row for row in self.rows("office") if row["valid_from"] <= day]
        latest = max(rows, key=lambda row: row["valid_from"], default={})
        return {name: latest.get(name) for name in ("office", "contact", "address")}

    def parameter(self, year: int, name: str) -> str:
        """The value of a parameter of the edition in force in `year`."""
        edition = self.edition(year)
        values = (row for row in self.rows("parameters") if row["edition"] == edition)
        return next(str(row["value"]) for row in values if row["parameter"] == name)

    def of_edition(self, year: int) -> dict[str, pa.Table]:
        """Every table of the method, those with an edition cut to the rows of the one in force in `year`."""
        edition = self.edition(year)
        return {
            name: table.filter(pc.equal(table[EDITION], edition)) if EDITION in table.column_names else table
            for name, table in self.tables.items()
            if self.form.tables[name].of_the_method
        }

    def fractions(self, edition: str) -> dict[str, tuple[str, str, int]]:
        """Numerator, denominator and factor of each indicator of an edition, in its order."""
        rows = [row for row in self.rows("indicators") if row[EDITION] == edition]
        return {
            row["indicator"]: (row["numerator"], row["denominator"], row["multiply_by"])
            for row in sorted(rows, key=lambda row: row["position"])
        }

    def made_of(self, edition: str) -> dict[str, tuple[str, ...]]:
        """The amounts that each figure of a territory is made of, land left out: an amount of itself, an
        indicator of its numerator and denominator; in the order of the method."""
        parts = {
            indicator: tuple(part for part in (numerator, denominator) if part != LAND)
            for indicator, (numerator, denominator, _) in self.fractions(edition).items()
        }
        amounts = dict.fromkeys(amount for made_of in parts.values() for amount in made_of)
        return {amount: (amount,) for amount in amounts} | parts

    def amounts(self, edition: str) -> list[str]:
        """What the indicators of an edition are made of, but land: what departments deliver."""
        return [figure for figure, parts in self.made_of(edition).items() if parts == (figure,)]

    def content(self, edition: str, year: int) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
        """What makes `edition` the method that it is: its rows, and the rows of every edition in force on the
        cut-off day of `year`; by table and key, without remarks and what is told later."""
        day = self.cut_off(edition, year)
        return {
            table.name: {
                tuple(row[name] for name in table.key): {
                    name: row[name] for name, column in table.columns.items() if column.content
                }
                for row in self.rows(table.name)
                if _is_in_force(table, row, edition, day)
            }
            for table in self.form.tables.values()
            if table.by_edition or table.of_every_edition
        }

    def fingerprint(self, year: int) -> str:
        """A hash of the method of `year`, whatever other editions the folder holds."""
        said = {
            name: sorted(json.dumps(row, default=str, sort_keys=True) for row in rows.values())
            for name, rows in self.content(self.edition(year), year).items()
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _is_in_force(table: Table, row: Mapping[str, Any], edition: str, day: date) -> bool:
    if table.by_edition:
        return bool(row[EDITION] == edition)
    since, until = (row[name] for name in table.period or ()) if table.period else (None, None)
    return (since is None or since <= day) and (until is None or day <= until)


def differences(ours: Policy, theirs: Policy, edition: str, year: int) -> Iterator[str]:
    """In what `edition` is another method in `ours` than in `theirs`, which was written for the same version
    of the product or one before; a phrase each. What came since and says what held before is no difference.
    """
    mine, other = ours.content(edition, year), theirs.content(edition, year)
    for name, rows in mine.items():
        table = ours.form.tables[name]
        if came_after(table.since, theirs.version):
            continue
        for key in sorted(rows.keys() | other[name].keys(), key=str):
            told = f"{name} {', '.join(str(part) for part in key if part != edition)}".strip()
            row, former = rows.get(key), other[name].get(key)
            if row is None:
                yield f"{told} is gone"
            elif former is None:
                needed = table.needed_row(row)
                if needed is None or not came_after(needed.since, theirs.version):
                    yield f"{told} is new"
            else:
                for column, value in row.items():
                    if value != former[column]:
                        yield f"{told}: {column} {_text(value)}, not {_text(former[column])}"


def _text(value: Any) -> str:
    return "blank" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def load_policy(folder: Path) -> Policy:
    """Read the method from a folder and check its form. UserError with every fault, a line each: file, line,
    column and what is wrong there."""
    reading = read_tables(folder, schema())
    if not reading.faults:
        check_tables(reading, schema())
    return _policy(reading, schema())


def read_policy(folder: Path, form: Schema | None = None) -> Policy:
    """Read the method of a release, whose form was checked when it was made. UserError as `load_policy`."""
    form = form or schema()
    return _policy(read_tables(folder, form), form)


def _policy(reading: Reading, form: Schema) -> Policy:
    if reading.faults:
        raise UserError("\n".join(reading.faults))
    tables = {
        table.name: pa.table(
            {
                name: pa.array([row.cells[name] for row in reading.rows[table.name]], _TYPES[column.type])
                for name, column in table.columns.items()
            }
        )
        for table in form.tables.values()
    }
    return Policy(tables, form, reading.version)
