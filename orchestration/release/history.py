"""All years together: `releases/history.duckdb`, every published table from the release of each year.

Belongs here: making the file anew, whole, where it is not that of the releases that stand, or its views are
not the project's. Does not: what its views say (`dbt_project/history`).
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.errors import UserError
from orchestration.files import ASIDE, FILE_MODE, flush_file, flush_folder
from orchestration.policy import Policy
from orchestration.release.editions import method_of
from orchestration.release.log import ReleaseLog
from orchestration.release.reading import DATABASE, open_history, open_releases_into
from orchestration.release.register import Release, standing, years
from orchestration.release.schema import (
    TABLE_KEY,
    TABLE_KEY_COLUMNS,
    TABLE_KEY_SAYS,
    PublishedTable,
    published_tables,
    table_keys,
)
from orchestration.settings import DBT_PROJECT, Home

VIEWS = DBT_PROJECT / "history"
_VIEW = re.compile(r"((?:^-- [^\n]+\n)+)(create view (\w+) as\n(?s:.+?);)\n", re.MULTILINE)
_OF_A_ROW = {
    "stage": "阶段: Stage of the release that the row is of: draft, notice or final",
    "release": "版本: Release of the year that the row is of",
}
_RELEASES = "历年版本: which release each year is of; left_out says why a year has none here"
_VIEWS = "历年视图: the views of this file, each with the hash of what it was made by"
_COUNTIES = "区县沿革: each county there has been, and the one that it is today"
_INDICATORS = "历年指标: what an indicator was made of, by the method of each year"
_DIVISIONS = "历年行业大类: what a division is called, by the method of each year"

_YEAR = {"year": pa.int32()}
_RELEASE = pa.schema(
    _YEAR
    | dict.fromkeys(
        ("stage", "release", "edition", "as_of", "made_at", "code_version", "manifest_sha256", "left_out"),
        pa.string(),
    )
)
_VIEW_ROW = pa.schema(dict.fromkeys(("view_name", "sha256"), pa.string()))
_COUNTY = pa.schema(
    dict.fromkeys(
        ("county_code", "county_name", "region", "county_code_today", "county_name_today"), pa.string()
    )
)
_INDICATOR = pa.schema(
    _YEAR
    | dict.fromkeys(
        ("indicator", "indicator_zh", "numerator", "denominator", "unit", "growth_unit"), pa.string()
    )
    | dict.fromkeys(("multiply_by", "position"), pa.int32())
)
_DIVISION = pa.schema(_YEAR | dict.fromkeys(("division", "division_zh"), pa.string()))


@dataclass(frozen=True)
class _View:
    """A view as the project has it: what is said of it, and the statement that makes it."""

    name: str
    comment: str
    statement: str

    @property
    def sha256(self) -> str:
        """The hash of all that it is made by."""
        return hashlib.sha256(f"{self.comment}\n{self.statement}".encode()).hexdigest()


def _views() -> list[_View]:
    """The views, each after those that it reads."""
    return [
        _View(name, " ".join(line.removeprefix("-- ") for line in said.splitlines()), statement)
        for path in sorted(VIEWS.glob("*.sql"))
        for said, statement, name in _VIEW.findall(path.read_text(encoding="utf-8"))
    ]


def keep_history(home: Home, say: Callable[[str], object]) -> None:
    """Make `history.duckdb` anew where it is missing, cannot be read, is of other releases than stand, or has
    other views than the project, and say so. Where it cannot be written that is said: the releases stand, and
    the next opening makes it."""
    stand = [release for year in years(home) if (release := standing(home, year))]
    if not stand:
        return
    log = ReleaseLog.load(home)
    lines = {release.year: log.line_of(release.year, release.id) for release in stand}
    wanted = {release.name: line.sha256 if (line := lines[release.year]) else None for release in stand}
    views = {view.name: view.sha256 for view in _views()}
    there, fault = _made_of(home)
    if there == (wanted, views):
        return
    if there and there[0] == wanted:
        fault = "its views are others now"
    try:
        left_out = _write(home, stand, wanted)
    except (OSError, duckdb.Error) as error:
        say(f"history   {home.history} could not be written: {error}. The next opening makes it.")
        return
    for sentence in left_out.values():
        say(f"history   without: {sentence}")
    if taken := [name for name in wanted if name not in left_out]:
        say(f"history   {f'{fault}, ' if fault else ''}made anew of {', '.join(taken)}: {home.history}")


_Made = tuple[Mapping[str, str | None], Mapping[str, str]]


def _made_of(home: Home) -> tuple[_Made | None, str | None]:
    """The releases that the file is of, with the hash of each manifest, and its views, with theirs; or None
    and what is wrong with it."""
    if not home.history.exists():
        return None, "was not there"
    try:
        with open_history(home.history) as history:
            releases = history.execute(
                "select year || '/' || release, manifest_sha256 from history_release"
            ).fetchall()
            views = history.execute("select view_name, sha256 from history_view").fetchall()
            return (dict(releases), dict(views)), None
    except duckdb.Error as error:
        return None, f"could not be read ({str(error).splitlines()[0]})"


def _write(home: Home, stand: Sequence[Release], hashes: Mapping[str, str | None]) -> Mapping[str, str]:
    """Write the file aside, closed, and give it its name; returns the releases that cannot be relied on, each
    with what is wrong with it, which are left out. Of none there is no file."""
    aside = home.history.with_name(home.history.name + ASIDE)
    _discard(aside)
    left_out: dict[str, str] = {}
    methods: dict[int, Policy] = {}
    for release in stand:
        try:
            release.check(DATABASE)
            methods[release.year] = method_of(release)
        except UserError as error:
            left_out[release.name] = str(error)
    found = [release for release in stand if release.name not in left_out]
    if not found:
        return left_out
    try:
        _fill(aside, stand, found, left_out, hashes, methods)
    except BaseException:
        _discard(aside)
        raise
    aside.chmod(FILE_MODE & ~0o222)
    flush_file(aside)
    aside.replace(home.history)
    flush_folder(home.history.parent)
    return left_out


def _discard(aside: Path) -> None:
    for remains in (aside, aside.with_name(aside.name + ".wal")):
        remains.unlink(missing_ok=True)


def _fill(
    aside: Path,
    stand: Sequence[Release],
    found: Sequence[Release],
    left_out: Mapping[str, str],
    hashes: Mapping[str, str | None],
    methods: Mapping[int, Policy],
) -> None:
    # The largest is copied as a file, which costs a fifth of writing its rows anew.
    copied, *others = sorted(found, key=lambda release: -(release.path / DATABASE).stat().st_size)
    shutil.copyfile(copied.path / DATABASE, aside)
    with open_releases_into(aside, {_schema(release): release.path for release in others}) as history:
        history.execute("begin")  # a thousand statements; each would be brought to the disk by itself
        _keep_only(history, {table.name for table in published_tables()})
        there = {table.name for table in published_tables() if _unite(history, table, copied, others)}
        _add_keys(history, there)
        about = [_about(release, hashes[release.name], left_out.get(release.name)) for release in stand]
        _add(history, "history_release", _RELEASES, about, _RELEASE)
        _add_method(history, methods)
        views = _views()
        for view in views:
            history.execute(view.statement)
            history.execute(f"comment on view {view.name} is {_quoted(view.comment)}")
        made_by = [{"view_name": view.name, "sha256": view.sha256} for view in views]
        _add(history, "history_view", _VIEWS, made_by, _VIEW_ROW)
        history.execute("commit")
        history.execute("checkpoint")


def _schema(release: Release) -> str:
    return f"y{release.year}"


def _keep_only(history: duckdb.DuckDBPyConnection, published: Collection[str]) -> None:
    """Drop what the copied release has beside the published tables: what it says of itself."""
    for (name,) in history.execute(
        "select table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall():
        if name not in published:
            history.execute(f"drop table {_name(name)}")


def _unite(
    history: duckdb.DuckDBPyConnection, table: PublishedTable, copied: Release, others: Sequence[Release]
) -> bool:
    """A published table over the years, of which the rows of the release `copied` are there already: null in
    a column that a release lacks. Whether any of them has it."""
    having = {
        name
        for (name,) in history.execute(
            "select case when database_name = current_database() then '' else database_name end "
            "from duckdb_tables() where table_name = ?",
            [table.name],
        ).fetchall()
    }
    parts = {
        release: f"{_schema(release)}.main.{table.name}" for release in others if _schema(release) in having
    }
    if not having:
        return False
    if "" not in having:
        history.execute(f"create table {table.name} as from {next(iter(parts.values()))} limit 0")
    # Columns, and types of them, that have room for the rows of all.
    united = " union all by name ".join(f"from {part}" for part in (table.name, *parts.values()))
    there = dict(_columns(history, table.name))
    for column, of_type in _columns(history, united):
        if column not in there:
            history.execute(f"alter table {table.name} add column {_name(column)} {of_type}")
        elif there[column] != of_type:
            history.execute(f"alter table {table.name} alter column {_name(column)} type {of_type}")
    for column, value in {"stage": copied.stage, "release": copied.id}.items():
        history.execute(f"alter table {table.name} add column {column} varchar default {_quoted(value)}")
        history.execute(f"alter table {table.name} alter column {column} drop default")
    for release, part in parts.items():
        of_release = f"{_quoted(release.stage)} as stage, {_quoted(release.id)} as release"
        history.execute(f"insert into {table.name} by name select *, {of_release} from {part}")
    comments = {column.name: column.comment for column in table.columns} | _OF_A_ROW
    history.execute(f"comment on table {table.name} is {_quoted(table.description)}")
    for column, _ in _columns(history, table.name):
        if column in comments:
            history.execute(f"comment on column {table.name}.{_name(column)} is {_quoted(comments[column])}")
    return True


def _columns(history: duckdb.DuckDBPyConnection, rows: str) -> list[tuple[str, str]]:
    """The columns of a table or query, each with its type."""
    return [(name, of_type) for name, of_type, *_ in history.execute(f"describe {rows}").fetchall()]


def _add_keys(history: duckdb.DuckDBPyConnection, there: Collection[str]) -> None:
    """The keys and references of the tables `there`. The year is part of each, so that they hold over the
    years as they do in one."""
    keys = table_keys(there)
    _add(history, TABLE_KEY, TABLE_KEY_SAYS, keys.to_pylist(), keys.schema)
    for column, comment in TABLE_KEY_COLUMNS.items():
        history.execute(f"comment on column {TABLE_KEY}.{column} is {_quoted(comment)}")


def _about(release: Release, sha256: str | None, left_out: str | None) -> dict[str, Any]:
    manifest = {} if left_out else release.trusted_manifest()
    return {
        "year": release.year,
        "stage": release.stage,
        "release": release.id,
        **{name: manifest.get(name) for name in ("edition", "as_of", "made_at", "code_version")},
        "manifest_sha256": sha256,
        "left_out": left_out,
    }


def _add_method(history: duckdb.DuckDBPyConnection, methods: Mapping[int, Policy]) -> None:
    """What the views need of the methods: counties by the newest, the rest by that of each year."""
    indicators, divisions = [], []
    for year, method in methods.items():
        tables = {name: rows.to_pylist() for name, rows in method.of_edition(year).items()}
        growth = {row["indicator"]: row["growth_unit"] for row in tables["targets"]}
        # A figure that has a target is followed too, though it is made of none of these.
        made_of = {row["indicator"]: row for row in [*tables["targets"], *tables["indicators"]]}
        indicators += [
            {"year": year, **row, "growth_unit": growth.get(name)} for name, row in made_of.items()
        ]
        divisions += [{"year": year, **row} for row in tables["industry_divisions"]]
    if methods:
        newest = max(methods)
        _add(history, "history_county", _COUNTIES, list(_counties(methods[newest], newest)), _COUNTY)
        _add(history, "history_indicator", _INDICATORS, indicators, _INDICATOR)
        _add(history, "history_division", _DIVISIONS, divisions, _DIVISION)


def _counties(method: Policy, year: int) -> Iterator[dict[str, Any]]:
    """Each county of the method, and the one that it is on the cut-off date of `year`: itself while in force,
    else its successor, or what that has become in turn."""
    counties = {row["county_code"]: row for row in method.rows("counties")}
    in_force = method.counties_in(year)
    for code, county in counties.items():
        today, seen = code, {code}
        while today not in in_force and (after := counties[today]["successor"]) and after not in seen:
            today = after
            seen.add(today)
        yield {
            "county_code": code,
            "county_name": county["county_name"],
            "region": county["region"],
            "county_code_today": today,
            "county_name_today": counties[today]["county_name"],
        }


def _add(
    history: duckdb.DuckDBPyConnection,
    name: str,
    comment: str,
    rows: Sequence[Mapping[str, Any]],
    schema: pa.Schema,
) -> None:
    history.register("given", pa.Table.from_pylist([dict(row) for row in rows], schema))
    history.execute(f"create table {name} as from given")
    history.unregister("given")
    history.execute(f"comment on table {name} is {_quoted(comment)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
