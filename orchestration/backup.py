"""A home kept elsewhere, and brought back: files with their hashes, at one moment between two runs.

Belongs here: copying a home out and in, and proving that it is whole. Does not: the warehouse and what else
the next run makes anew, which is not copied; whether a release is what was released (`release.verify`).
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.accounts import account_and_host
from orchestration.errors import UserError
from orchestration.files import ASIDE, flush_folder, write_whole
from orchestration.release.log import ReleaseLog
from orchestration.release.register import sha256
from orchestration.release.upkeep import discard
from orchestration.settings import Home, code_version

NAME, _CONTENT = "backup.json", "home"
_MADE_ANEW = ("warehouse", "dbt", "releases/history.duckdb", "dagster/living")
_LOCKS = ".lock"
_SQLITE = ("-wal", "-shm")  # beside a database: part of what is copied by SQLite itself


@dataclass(frozen=True)
class Entry:
    """What lies at a path of the home: a folder, a link and where it leads, or a file and its hash."""

    path: str
    mode: int
    link: str | None = None
    sha256: str | None = None
    bytes: int = 0


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself. `log_head`: the hash of the last line of the log, the anchor."""

    made_at: str
    home: str
    log_head: str
    files: int
    bytes: int


def back_up(home: Home, destination: Path) -> Backup:
    """Copy `home` into the new folder `destination`: whole, or nothing. Only for whoever has the right to
    write, so that no run goes on meanwhile. UserError where `destination` is there already, or within the
    home."""
    if not home.path.is_dir():
        raise UserError(f"There is no home at {home.path}.")
    if destination.exists() or destination.is_relative_to(home.path):
        raise UserError(f"{destination} must be a new folder outside of the home.")
    part = destination.with_name(destination.name + ASIDE)
    discard(part)
    try:
        (part / _CONTENT).mkdir(parents=True)
        entries = list(_copied(home.path, part / _CONTENT))
        told = Backup(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            home=str(home.path),
            log_head=ReleaseLog.load(home).head,
            files=sum(entry.sha256 is not None for entry in entries),
            bytes=sum(entry.bytes for entry in entries),
        )
        who = {**account_and_host(), "code_version": code_version()}
        said = {**asdict(told), **who, "entries": [asdict(entry) for entry in entries]}
        write_whole(part / NAME, json.dumps(said, ensure_ascii=False, indent=1).encode())
        part.rename(destination)
        flush_folder(destination.parent)
    finally:
        discard(part)
    return told


def restore(source: Path, home: Home) -> Backup:
    """Bring the backup in `source` back as `home`, which must not be there or be empty: whole, or nothing.
    Every file is held against its hash, in the backup before anything is written, and as it was written.
    UserError where one is not what was backed up."""
    if home.path.exists() and any(home.path.iterdir()):
        raise UserError(f"{home.path} is not empty: a home is restored into a new or an empty folder.")
    told, entries = _read(source)
    _hold(source / _CONTENT, entries, f"The backup {source}")
    part = home.path.with_name(home.path.name + ASIDE)
    discard(part)
    try:
        part.mkdir(parents=True)
        list(_copied(source / _CONTENT, part, entries[0].mode))
        _hold(part, entries, "What was written")
        if home.path.exists():
            home.path.rmdir()
        part.rename(home.path)
        flush_folder(home.path.parent)
    finally:
        discard(part)
    return told


def _read(source: Path) -> tuple[Backup, list[Entry]]:
    try:
        said = json.loads((source / NAME).read_bytes())
        told = Backup(**{name: said[name] for name in Backup.__dataclass_fields__})
        return told, [Entry(**entry) for entry in said["entries"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{source} is no backup that `mujun backup` made whole: {error}.") from error


def _hold(folder: Path, entries: list[Entry], which: str) -> None:
    """UserError where `folder` is not what `entries` say."""
    expected = {entry.path: (entry.link, entry.sha256) for entry in entries}
    found = {path: (link, sha) for path, link, sha in _looked_at(folder)}
    differing = [path for path in {**expected, **found} if expected.get(path) != found.get(path)]
    if differing:
        more = f" and {len(differing) - 1} more" if len(differing) > 1 else ""
        raise UserError(f"{which} is not what was backed up: {min(differing)}{more}. Nothing was restored.")


def _looked_at(folder: Path) -> Iterator[tuple[str, str | None, str | None]]:
    for path in (folder, *sorted(folder.rglob("*"))):
        is_file = path.is_file() and not path.is_symlink()
        link = str(path.readlink()) if path.is_symlink() else None
        yield path.relative_to(folder).as_posix(), link, sha256(path) if is_file else None


def _copied(source: Path, target: Path, mode: int | None = None) -> Iterator[Entry]:
    """Copy a home without what is made anew; yields what was copied, a folder before what is in it. Files
    that are one on the disk stay one. `mode`: of the home, where the copy of one is copied."""
    yield Entry(".", mode or _mode(source))
    copied: dict[tuple[int, int], Path] = {}
    folders = [(target, mode or _mode(source))]
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source).as_posix()
        to = target / name
        if _is_made_anew(name) or not (path.is_symlink() or path.is_dir() or path.is_file()):
            continue
        if path.is_symlink():
            to.symlink_to(link := str(path.readlink()))
            yield Entry(name, 0, link=link)
        elif path.is_dir():
            to.mkdir()
            folders.append((to, _mode(path)))
            yield Entry(name, _mode(path))
        else:
            status = path.stat()
            same = copied.setdefault((status.st_dev, status.st_ino), to)
            if same is to:
                is_live = mode is None and name.startswith("dagster/") and path.suffix == ".db"
                _copy(path, to, status.st_mode & 0o7777, is_live=is_live)
            else:
                os.link(same, to)
            yield Entry(name, status.st_mode & 0o7777, sha256=sha256(to), bytes=to.stat().st_size)
    for folder, of_folder in reversed(folders):  # the rights last: into some of them nobody may write
        folder.chmod(of_folder)
    os.sync()  # once, not for each of thousands of files


def _copy(path: Path, to: Path, mode: int, *, is_live: bool) -> None:
    shutil.copyfile(path, to)
    if is_live:  # Dagster goes on writing: SQLite copies one moment; what is damaged stays as it is
        try:
            with (
                closing(sqlite3.connect(path, timeout=60)) as source,
                closing(sqlite3.connect(to)) as copy,
            ):
                source.backup(copy)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise  # busy, or a fault of the machine: the copy may be torn
    os.utime(to, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    to.chmod(mode)


def _is_made_anew(name: str) -> bool:
    below = any(name == one or name.startswith(f"{one}/") for one in _MADE_ANEW)
    return below or name.endswith((*_SQLITE, _LOCKS)) or name.split("/")[-1].endswith(ASIDE)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777
