"""Opening the tables of a release: they hold departments' text, so nothing else of the machine is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

DATABASE = "release.duckdb"
MANIFEST = "manifest.json"
PUBLIC = Path("packages", "public")  # what a release holds for everybody
# The members of the units, also of a release made before a unit could have members in several counties.
MEMBERS = """(
    select * replace (coalesce(unit_county_code, county_code) as unit_county_code)
    from (
        from enterprise_member
        union all by name
        select
            null::varchar as unit_county_code,
            null::varchar as home_county_code,
            null::varchar as park_code
        where false
    )
)"""
# The findings by enterprise, also of a release made before they named it: whose code is in their key.
FINDINGS = """(
    select * replace (coalesce(uscc, regexp_extract(finding_key, '(^|/)([0-9A-Z]{18})(/|$)', 2)) as uscc)
    from (from finding union all by name select null::varchar as uscc where false)
)"""
_ALONE = {"enable_external_access": "false"}  # reads no file but the database itself


def open_release(folder: Path, **config: Any) -> duckdb.DuckDBPyConnection:
    """The tables of the release in `folder`, to be read; `config` are further settings of DuckDB."""
    return duckdb.connect(str(folder / DATABASE), read_only=True, config={**_ALONE, **config})


def open_releases(**folders: Path) -> duckdb.DuckDBPyConnection:
    """The tables of several releases, each as the database of its name, to be compared."""
    connection = duckdb.connect()
    for name, folder in folders.items():
        path = str(folder / DATABASE).replace("'", "''")  # a statement takes no parameter here
        connection.execute(f"attach '{path}' as {name} (read_only)")
    connection.execute("set enable_external_access = false")
    return connection


@contextmanager
def open_packages(folder: Path) -> Iterator[Callable[[Path], duckdb.DuckDBPyConnection]]:
    """What opens one package of the release in `folder` after the other: its tables, those that it lacks
    without a row; what codes are called is the release's. A table is read as far as it is asked for."""
    whole = {path.stem: path for path in (folder / "parquet").glob("*.parquet")}
    # Small tables, many packages: more threads would cost more than they do.
    with duckdb.connect(config={"threads": "1"}) as connection:
        connection.execute("set allowed_directories = $folders", {"folders": [str(folder)]})
        connection.execute("set enable_external_access = false")

        def opened(package: Path) -> duckdb.DuckDBPyConnection:
            own = {path.stem for path in package.glob("*.parquet")}
            files = {
                name: {
                    "path": str(package / path.name if name in own else path),
                    "has_rows": name in own or name == "code_list",
                }
                for name, path in whole.items()
            }
            connection.execute("set variable package = $files", {"files": files})
            return connection

        opened(folder / "parquet")
        for name in whole:
            file = f"getvariable('package').{name}"
            connection.execute(f"create view {name} as from read_parquet({file}.path) where {file}.has_rows")
        yield opened


@contextmanager
def open_releases_into(database: Path, folders: Mapping[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file `database`, to be written, with the tables of several releases, each as the database of its
    name, to be read. Closed when this ends: nothing stands beside it."""
    with duckdb.connect(str(database)) as connection:
        for name, folder in folders.items():
            path = str(folder / DATABASE).replace("'", "''")  # a statement takes no parameter here
            connection.execute(f"attach '{path}' as {name} (read_only)")
        connection.execute("set enable_external_access = false")
        yield connection


def open_history(path: Path) -> duckdb.DuckDBPyConnection:
    """The tables of all years, to be read."""
    return duckdb.connect(str(path), read_only=True, config={**_ALONE})


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the release in `folder`."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def open_nothing(**config: Any) -> duckdb.DuckDBPyConnection:
    """A connection to no database, for tables that are registered with it; `config` are further settings."""
    return duckdb.connect(config={**_ALONE, **config})
