"""Worked examples: rows that each test adds to one drop, and the released tables they are read from.

An example is a function that adds its rows; it stands right above the tests that read what came of it, with
the arithmetic beside it. An enterprise is known by its number, which begins with the rule: 2401 is the first
of rule 2.4. Enterprises are measured against those of their county, so an example that looks at scores claims
counties of its own; all others use the open ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.drops import Drop, uscc

Row = dict[str, Any]
Example = Callable[[Drop], None]

EXAMPLES: dict[int, list[Example]] = {2023: [], 2024: []}
_CLAIMED: dict[str, str] = {}

# Open counties: whose scores and sums nobody looks at.
CENTRAL, NEW_DISTRICT, ANOTHER, CLUSTER = "500103", "500101", "500102", "500243"


def example(*counties: str, year: int = 2024) -> Callable[[Example], Example]:
    """Register a function that adds rows to the drop of `year`; it claims `counties` for itself."""

    def register(add_rows: Example) -> Example:
        for county in counties:
            claimed_by = _CLAIMED.setdefault(county, add_rows.__name__)
            if claimed_by != add_rows.__name__:
                raise ValueError(f"{county} is claimed by {claimed_by} and by {add_rows.__name__}")
        EXAMPLES[year].append(add_rows)
        return add_rows

    return register


def golden_drop(year: int) -> Drop:
    """The drop that all examples of `year` make together; every territory has 1,000 mu."""
    drop = Drop(year)
    for add_rows in EXAMPLES[year]:
        add_rows(drop)
    drop.survey_all(mu=1000)
    return drop


@dataclass(frozen=True)
class Released:
    """The tables of a release, every row as a dictionary."""

    folder: Path
    tables: dict[str, list[Row]]

    @classmethod
    def read(cls, folder: Path) -> Released:
        """Read the release in `folder`."""
        with duckdb.connect(str(folder / "release.duckdb"), read_only=True) as connection:
            names = [
                name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()
            ]
            return cls(
                folder,
                {name: connection.execute(f"from {name}").to_arrow_table().to_pylist() for name in names},
            )

    def rows(self, table: str, **key: Any) -> list[Row]:
        """The rows of a table that have the values of `key`."""
        return [row for row in self.tables[table] if all(row[name] == value for name, value in key.items())]

    def row(self, table: str, **key: Any) -> Row:
        """The one row that has the values of `key`."""
        found = self.rows(table, **key)
        assert len(found) == 1, f"{len(found)} rows of {table} with {key}"
        return found[0]

    def amounts(self) -> Iterator[Row]:
        """Each delivered figure, with what `source_column` says of it, and its cell."""
        columns = {
            (row["feed"], row["source_file"], row["column_name"]): row for row in self.tables["source_column"]
        }
        for row in self.tables["enterprise_source"]:
            for name, delivered in row["delivered"]:
                column = columns[row["feed"], row["source_file"], name]
                cell = f"{column['letter']}{row['source_row']}"
                yield {**row, **column, "delivered": delivered, "source_cell": cell}

    def result(self, number: int, **key: Any) -> Row:
        """The result of enterprise `number`."""
        return self.row("enterprise_result", uscc=uscc(number), **key)

    def land(self, number: int, **key: Any) -> Row:
        """The land of enterprise `number`."""
        return self.row("enterprise_land", uscc=uscc(number), **key)

    def item(self, number: int, indicator: str) -> Row:
        """One item of enterprise `number`."""
        return self.row("enterprise_item", uscc=uscc(number), indicator=indicator)

    def standard(self, group: str, indicator: str, level: str = "enterprise") -> Row:
        """The standards of a group for one indicator."""
        return self.row("standard", level=level, group_code=group, indicator=indicator)

    def found(self, rule_id: str) -> set[str]:
        """The keys of a rule's findings."""
        return {row["finding_key"] for row in self.rows("finding", rule_id=rule_id)}
