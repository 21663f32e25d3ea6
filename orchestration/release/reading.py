"""Opening the tables of a release: they hold departments' text, so nothing else of the machine is read.

What is open in memory has what the warehouse may have of threads and memory. Beyond, DuckDB works on disk, in
a folder of this account's own, which goes with the connection.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import engine

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
_HELD_AT_ONCE = 20_000_000  # bytes of Parquet
_ALONE = {"enable_external_access": "false"}  # reads no file but the database itself


def open_release(folder: Path, **config: Any) -> duckdb.DuckDBPyConnection:
    """The tables of the release in `folder`, to be read; `config` are further settings of DuckDB."""
    return duckdb.connect(str(folder / DATABASE), read_only=True, config={**_ALONE, **config})


@contextmanager
def open_releases(**folders: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of several releases, each as the database of its name, to be compared."""
    with _in_memory() as connection:
        _attach(connection, folders)
        yield connection


@contextmanager
def _in_memory(**config: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to no file; `config` are further settings."""
    with tempfile.TemporaryDirectory(prefix="mujun-") as aside:
        settings = {**engine(), "temp_directory": aside, **config}
        with duckdb.connect(config=settings) as connection:
            yield connection


def _attach(connection: duckdb.DuckDBPyConnection, folders: Mapping[str, Path]) -> None:
    """Let a connection read the tables of releases, each as the database of its name, and from now on no
    other file."""
    for name, folder in folders.items():
        path = str(folder / DATABASE).replace("'", "''")  # a statement takes no parameter here
        connection.execute(f"attach '{path}' as {name} (read_only)")
    connection.execute("set enable_external_access = false")


@contextmanager
def open_packages(
    folder: Path, *, without: tuple[str, ...]
) -> Iterator[Callable[[Path], duckdb.DuckDBPyConnection]]:
    """What opens one package of the counties of the release in `folder` after the other: its tables, those
    that it lacks without a row, but for those whose name begins like one of `without`; what codes are called
    is the release's.

    Tables are read once for as many packages as may be held at once: to open each file takes longer than to
    read it.
    """
    packages = sorted((folder / "packages" / "counties").iterdir())
    whole = [
        path for path in sorted((folder / "parquet").glob("*.parquet")) if not path.stem.startswith(without)
    ]
    held: list[Path] = []
    # Small tables, many packages: more threads would cost more than they do.
    with _in_memory(threads="1") as connection:
        connection.execute("set allowed_directories = $folders", {"folders": [str(folder)]})
        connection.execute("set enable_external_access = false")
        connection.execute("create schema held")

        def opened(package: Path) -> duckdb.DuckDBPyConnection:
            if package not in held:
                held[:] = _together(packages[packages.index(package) :])
                for table in whole:
                    _hold(connection, table, held)
            connection.execute("set variable package = $name", {"name": package.name})
            return connection

        opened(packages[0])
        for table in whole:
            which = "" if table.stem == "code_list" else "where package = getvariable('package')"
            connection.execute(
                f"create view {table.stem} as select * exclude (package) from held.{table.stem} {which}"
            )
        yield opened


def _together(packages: Sequence[Path]) -> Sequence[Path]:
    """As many of the packages, from the first on, as may be held at once."""
    sizes = itertools.accumulate(
        sum(table.stat().st_size for table in package.glob("*.parquet")) for package in packages
    )
    return packages[: max(1, sum(size <= _HELD_AT_ONCE for size in sizes))]


def _hold(connection: duckdb.DuckDBPyConnection, whole: Path, packages: Sequence[Path]) -> None:
    """Hold the rows that packages have of a published table, each with the name of its package."""
    files = [file for package in packages if (file := package / whole.name).is_file()]
    limit = ""
    if not files:
        files, limit = [whole], "" if whole.stem == "code_list" else "limit 0"
    connection.execute(
        f"create or replace table held.{whole.stem} as "
        f"select *, $names[file_index::bigint + 1] as package from read_parquet($files) {limit}",
        {"files": [*map(str, files)], "names": [file.parent.name for file in files]},
    )


@contextmanager
def open_releases_into(database: Path, folders: Mapping[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file `database`, to be written, with the tables of several releases, each as the database of its
    name, to be read. Closed when this ends: nothing stands beside it."""
    with duckdb.connect(str(database)) as connection:
        _attach(connection, folders)
        yield connection


def open_history(path: Path) -> duckdb.DuckDBPyConnection:
    """The tables of all years, to be read."""
    return duckdb.connect(str(path), read_only=True, config={**_ALONE})


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the release in `folder`."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


@contextmanager
def open_nothing() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to no database, for tables that are registered with it."""
    with _in_memory() as connection:
        connection.execute("set enable_external_access = false")
        yield connection
