"""The packages of a release: for the public, for each county, and (the release itself) the whole.

`packages/public/` holds the public columns of the public tables, without the sums that would tell of single
enterprises (`disclosure`), and the list for the public made from them (`public_list`).
`packages/counties/<code>/` holds what a county evaluated, in full, and nobody else's. DuckDB has no rights
inside a file, so who may see what is a matter of separate files.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb

from orchestration.policy import load_policy
from orchestration.release.disclosure import Cells, Limits, hidden_cells
from orchestration.release.public_list import write_public_list
from orchestration.release.schema import PublishedTable, published_tables

_OF_THE_CITY = ("value", "previous_value", "growth", "met")  # what `city_target` says of an indicator


def write_packages(folder: Path) -> None:
    """Write `<folder>/packages` from the tables and the method in `folder`."""
    policy = load_policy(folder / "policy")
    edition = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["edition"]
    values = {
        row["parameter"]: row["value"] for row in policy.rows("parameters") if row["edition"] == edition
    }
    limits = Limits(int(values["public_minimum_enterprises"]), float(values["public_dominance"]))
    with duckdb.connect(str(folder / "release.duckdb"), read_only=True) as release:
        _write_public(release, folder / "packages" / "public", limits)
        write_public_list(folder, folder / "packages" / "public")
        _write_counties(release, folder / "packages" / "counties")


def _write_public(release: duckdb.DuckDBPyConnection, folder: Path, limits: Limits) -> None:
    folder.mkdir(parents=True)
    cells = hidden_cells(release, limits)
    hidden = {
        "county_result": cells["county"],
        "park_result": cells["park"],
        "city_target": {(indicator, column) for _, indicator in cells["city"] for column in _OF_THE_CITY},
    }
    for table in published_tables():
        if table.public:
            columns = ", ".join(
                _shown(table, column.name, hidden.get(table.name, set()))
                for column in table.columns
                if column.sensitivity == "public"
            )
            query = f"select {columns} from {table.name} order by {', '.join(table.key)}"
            _copy(release, query, folder / f"{table.name}.parquet")


def _shown(table: PublishedTable, column: str, hidden: Cells) -> str:
    """The column, null in the rows where it is hidden."""
    codes = sorted(code for code, figure in hidden if figure == column)
    if not codes:
        return column
    listed = ", ".join(f"'{code}'" for code in codes)
    return f"case when {table.key[-1]} not in ({listed}) then {column} end as {column}"


def _write_counties(release: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """One folder per county with the rows that carry its code, from every table that has such a column."""
    for table in published_tables():
        names = [column.name for column in table.columns]
        if "county_code" not in names:
            continue
        parts = folder / table.name
        folder.mkdir(parents=True, exist_ok=True)
        _copy(
            release,
            f"select * from {table.name} where county_code is not null order by {', '.join(table.key)}",
            parts,
            "partition_by (county_code), write_partition_columns true",
        )
        for part in sorted(parts.glob("county_code=*/*.parquet")):
            county = folder / part.parent.name.removeprefix("county_code=")
            county.mkdir(exist_ok=True)
            part.rename(county / f"{table.name}.parquet")
        shutil.rmtree(parts, ignore_errors=True)


def _copy(release: duckdb.DuckDBPyConnection, query: str, path: Path, options: str = "") -> None:
    quoted = str(path).replace("'", "''")
    release.execute(f"copy ({query}) to '{quoted}' (format parquet{', ' + options if options else ''})")
