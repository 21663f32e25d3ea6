"""What Dagster keeps in a home: its settings, its databases; set aside and made anew where they are damaged.

Belongs here: those files. Does not: what Dagster writes into them. No figure rests on any of them: losing one
loses what the UI shows of former runs.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from orchestration.settings import Home

# Written into a home and then its owner's: to keep runs in PostgreSQL, put `storage: postgres: …` there in
# place of the three storages.
_SETTINGS = """\
telemetry:
  enabled: false
nux:
  enabled: false
run_storage:
  module: orchestration.sqlite_storage
  class: AnyPathRunStorage
  config: {base_dir: {env: DAGSTER_HOME}}
event_log_storage:
  module: orchestration.event_log
  class: KeptOpenEventLogStorage
  config: {base_dir: {env: DAGSTER_HOME}}
schedule_storage:
  module: orchestration.sqlite_storage
  class: AnyPathScheduleStorage
  config: {base_dir: {env: DAGSTER_HOME}}
# What the service has started ends with it.
code_servers:
  wait_for_local_processes_on_shutdown: true
# One run at a time: DuckDB has one writer.
concurrency:
  runs:
    max_concurrent_runs: 1
"""
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def settings_file(home: Home) -> Path:
    return home.dagster / "dagster.yaml"


def write_settings(home: Home) -> None:
    """Put Dagster's settings into a home, whole or not at all."""
    path = settings_file(home)
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(_SETTINGS)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def are_settings_cut(home: Home) -> bool:
    """Whether the settings are the beginning of what was written there once, and no more."""
    written = settings_file(home).read_bytes()
    return len(written) < len(_SETTINGS.encode()) and _SETTINGS.encode().startswith(written)


def mend_databases(home: Home, say: Callable[[str], object]) -> None:
    """Set aside what is no database any more of those that every process opens; Dagster makes them anew."""
    for name in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db"):
        set_aside_damaged(home.dagster / name, say)


def set_aside_damaged(database: Path, say: Callable[[str], object]) -> None:
    """Set aside an SQLite file that cannot be read, with what belongs to it."""
    if not database.exists() or _is_sound(database):
        return
    aside = set_aside(database, say)
    for ending in ("-wal", "-shm"):
        beside = database.with_name(database.name + ending)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + ending))


def set_aside(path: Path, say: Callable[[str], object]) -> Path:
    """Give a damaged file another name beside it, and say so; returns that path."""
    taken = (path.with_name(f"{path.name}.damaged-{number}") for number in range(1, 1_000_000))
    aside = next(candidate for candidate in taken if not candidate.exists())
    path.replace(aside)
    say(f"dagster   {path} was damaged: it is set aside as {aside.name}, and begun anew")
    return aside


def _is_sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database)) as connection:
            return bool(connection.execute("pragma quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        return error.sqlite_errorcode not in _DAMAGED  # another process may be writing: that is no damage


def sqlite_address(base_dir: str, db_name: str) -> str:
    """The address of the database `<base_dir>/<db_name>.db`, whatever characters the folder has."""
    from sqlalchemy import URL

    # An event that belongs to no run has a blank name.
    database = f"{Path(base_dir).absolute()}/{db_name}.db"
    return URL.create("sqlite", database=database).render_as_string()
