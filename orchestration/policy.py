"""The method as tables (`data/policy`): read, typed and checked for their form.

Belongs here: reading the tables and finding the edition in force. Does not: what the numbers mean, which is
for the models.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from orchestration.errors import UserError

_TYPES: Mapping[str, tuple[pa.DataType, Any]] = {
    "text": (pa.string(), str),
    "integer": (pa.int64(), int),
    "number": (pa.float64(), float),
    "date": (pa.date32(), date.fromisoformat),
    "boolean": (pa.bool_(), lambda text: {"true": True, "false": False}[text]),
}

# How many years past the newest edition may be evaluated before somebody must look at the method again.
_HORIZON = 20


@dataclass(frozen=True)
class Policy:
    """The tables by name, each an Arrow table in the types of `schema.yaml`."""

    tables: Mapping[str, pa.Table]

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
            f"Those that are stand in data/policy/editions.csv: {years}."
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

    def counties_in(self, year: int) -> dict[str, str]:
        """The counties in force on the cut-off date of `year`, the last of the calendar year: code → name."""
        day = date(year, 12, 31)
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

    @cached_property
    def factors(self) -> dict[str, tuple[int, int]]:
        """For each unit of the contract, by what its figures are multiplied and divided to be published."""
        return {row["unit"]: (row["multiply_by"], row["divide_by"]) for row in self.rows("units")}


def _table(path: Path, columns: Mapping[str, str]) -> pa.Table:
    if not path.is_file():
        raise UserError(f"The method lacks its table {path}.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if set(reader.fieldnames or ()) != set(columns):
            raise UserError(f"{path}: the columns must be {', '.join(columns)}.")
        values: dict[str, list[Any]] = {name: [] for name in columns}
        for row in reader:
            for name, type_name in columns.items():
                text = (row[name] or "").strip()
                try:
                    values[name].append(_TYPES[type_name][1](text) if text else None)
                except (ValueError, KeyError) as error:
                    raise UserError(
                        f"{path}, line {reader.line_num}, column {name}: “{text}” is not a {type_name}."
                    ) from error
    return pa.table(
        {name: pa.array(values[name], _TYPES[type_name][0]) for name, type_name in columns.items()}
    )


def load_policy(folder: Path) -> Policy:
    """Read every table that `schema.yaml` names; UserError with file, line and column where one is wrong."""
    schema = folder / "schema.yaml"
    if not schema.is_file():
        raise UserError(f"There is no method in {folder}: schema.yaml is missing.")
    described = yaml.safe_load(schema.read_text(encoding="utf-8"))
    policy = Policy({name: _table(folder / f"{name}.csv", columns) for name, columns in described.items()})
    _check_complete(policy, folder)
    return policy


def _check_complete(policy: Policy, folder: Path) -> None:
    """Each edition must say everything that any edition says: what it left out would count as nothing."""
    editions = set(policy.tables["editions"]["edition"].to_pylist())
    said: dict[str, set[tuple[str, str]]] = {edition: set() for edition in editions}
    for name, table in policy.tables.items():
        if "edition" not in table.column_names or name == "editions":
            continue
        subject_column = table.column_names[1]  # what a row is about: a parameter, a class, a region
        subjects = table[subject_column].to_pylist()
        for edition, subject in zip(table["edition"].to_pylist(), subjects, strict=True):
            if edition not in editions:
                raise UserError(
                    f"{folder / name}.csv speaks of an edition “{edition}” that editions.csv does not have."
                )
            said[edition].add((name, subject))
    everything = set().union(*said.values())
    for edition, told in said.items():
        if missing := sorted(everything - told):
            left_out = ", ".join(f"{name} {subject}" for name, subject in missing[:5])
            raise UserError(f"The edition “{edition}” in {folder} is incomplete. It lacks: {left_out}.")
