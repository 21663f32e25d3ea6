"""What Dagster keeps in a home: its settings, its databases; set aside and made anew where they are damaged.

Belongs here: those files. Does not: what Dagster writes into them. No figure rests on any of them: losing one
loses what the UI shows of former runs.
"""

from __future__ import annotations

import importlib.util
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from orchestration.errors import MachineError, UserError
from orchestration.settings import Home, database

_IN_FILES = """\
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
"""
_IN_A_SERVER = """\
storage:
  postgres:
    postgres_url: {env: MUJUN_DATABASE}
"""
# Written into a home and then its owner's, but for what follows from `MUJUN_DATABASE`.
_SETTINGS = """\
telemetry:
  enabled: false
nux:
  enabled: false
{storage}# What the service has started ends with it.
code_servers:
  wait_for_local_processes_on_shutdown: true
# One run at a time: DuckDB has one writer.
concurrency:
  runs:
    max_concurrent_runs: 1
"""
_BOTH = tuple(_SETTINGS.format(storage=storage) for storage in (_IN_FILES, _IN_A_SERVER))
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
_PATIENCE = 10  # seconds for a server to answer
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def settings_file(home: Home) -> Path:
    return home.dagster / "dagster.yaml"


def write_settings(home: Home) -> None:
    """Put Dagster's settings into a home, whole or not at all."""
    path = settings_file(home)
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(_BOTH[database() is not None])
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def are_of_the_other_kind(home: Home) -> bool:
    """Whether the settings are those that are written for the other place of the runs, files or a server."""
    return settings_file(home).read_text(encoding="utf-8", errors="replace") == _BOTH[database() is None]


def are_settings_cut(home: Home) -> bool:
    """Whether the settings are the beginning of what was written there once, and no more."""
    written = settings_file(home).read_bytes()
    return any(len(written) < len(whole) and whole.startswith(written) for whole in map(str.encode, _BOTH))


def find_server() -> None:
    """See that the database of `MUJUN_DATABASE` answers, where one is set.

    UserError where the setting is no address, or what speaks to such a server is not installed; MachineError
    where the server does not answer. Neither tells a password.
    """
    address = database()
    if address is None:
        return
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import ArgumentError, OperationalError
    from sqlalchemy.pool import NullPool

    try:
        url = make_url(address)
    except ArgumentError:
        raise UserError("MUJUN_DATABASE is no address like postgresql://mujun@host/mujun.") from None
    if importlib.util.find_spec("dagster_postgres") is None:
        raise UserError("MUJUN_DATABASE is set, but dagster-postgres is not installed: `make install`.")
    try:
        create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": _PATIENCE}).connect().close()
    except OperationalError as error:
        said = str(error.orig).strip().replace("\n", " ")
        raise MachineError(
            f"The database {url.render_as_string(hide_password=True)} does not answer: {said} Start it, or "
            "mend MUJUN_DATABASE; without it Dagster keeps its runs in files of the home."
        ) from None


def mend_databases(home: Home, say: Callable[[str], object]) -> None:
    """Set aside what is no database any more of those that every process opens; Dagster makes them anew.
    Those of a server are for its own keepers."""
    if database() is not None:
        return
    for name in DATABASES:
        set_aside_damaged(home.dagster / name, say)


def set_aside_damaged(database: Path, say: Callable[[str], object]) -> None:
    """Set aside an SQLite file that cannot be read, with what belongs to it."""
    if not database.exists() or is_sound(database):
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


def is_sound(database: Path) -> bool:
    """Whether an SQLite file can be read."""
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
