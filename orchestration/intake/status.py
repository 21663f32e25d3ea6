"""Where the deliveries of a year stand, without reading any: for `mujun status` and for the sensor.

Belongs here: comparing the inbox, the landed `intake_file` and the contract. Does not: taking anything in
(`run`).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.intake.contract import Contract, Feed
from orchestration.intake.due_days import DueDays, Timeliness, timeliness
from orchestration.intake.inbox import (
    CLOSED_FOLDER,
    Drop,
    GoneError,
    MovedError,
    fingerprint,
    list_drops,
    years_in,
)
from orchestration.intake.limits import beyond_limits
from orchestration.intake.outcome import VERDICTS
from orchestration.intake.tables import INBOX, INTAKE_FILE
from orchestration.intake.versions import Ledger
from orchestration.intake.withdrawal import no_withdrawal, vanished
from orchestration.landing import landed, landed_file, landed_years
from orchestration.settings import Home, Limits

SETTLED_SECONDS = 5.0
PATIENCE_SECONDS = 20.0
UNREAD = "unread"
_TABLE = "intake_file"


@dataclass(frozen=True)
class FileStatus:
    """One file. `status` is that of its outcome, or `unread` where this content has not been taken in yet."""

    file_name: str
    status: str
    since: dt.datetime
    rows_accepted: int
    rows_quarantined: int
    reason: str | None

    @property
    def verdict(self) -> str:
        return VERDICTS.get(self.status, "未读取")


@dataclass(frozen=True)
class FeedStatus:
    """One feed of one department; `feed` is None for files that belong to no feed of the department.

    `needed`: it must be there at the stage that was asked about; `missing`: and is not (INT-02). `due`: how
    it stands against its due days.
    """

    department: str
    feed: Feed | None
    files: Sequence[FileStatus]
    needed: bool
    missing: bool
    due: Sequence[Timeliness] = ()


def status_of(
    year: int,
    stage: str,
    inbox: Path,
    home: Path,
    contract: Contract,
    *,
    due: DueDays | None = None,
    as_of: dt.date | None = None,
) -> list[FeedStatus]:
    """What every department has delivered for `year`, what is missing at `stage`, and how it stands against
    the days `due`, as of a day (today)."""
    first_accepted = Ledger.load(Home(home), year).first_accepted
    known_files = _landed(home, year)
    files: dict[tuple[str, str | None], list[FileStatus]] = {}
    drops = list_drops(inbox, year, contract)
    unread = beyond_limits(drops, _in_force(known_files), Limits.from_environment())
    for drop in drops:
        own = drop.feed is not None and drop.feed.department == drop.department
        known = known_files.get(drop.file_id)
        if known is None or known["sha256"] != (None if drop.file_id in unread else _sha256(drop)):
            since = dt.datetime.fromtimestamp(drop.changed_ns / 1e9, dt.UTC)
            file = FileStatus(drop.name, UNREAD, since, 0, 0, None)
        else:
            file = FileStatus(
                drop.name,
                known["status"],
                known["received_at"],
                known["rows_accepted"],
                known["rows_quarantined"],
                known["reason"],
            )
        files.setdefault((drop.department, drop.feed.name if own and drop.feed else None), []).append(file)
    missing = {feed.name for feed in missing_feeds(year, stage, home, contract)}
    found = []
    for department in contract.departments:
        for feed in contract.of(department):
            held = files.get((department, feed.name), [])
            late = timeliness(
                (due or {}).get(feed.name, ()), first_accepted.get(feed.name), as_of or dt.date.today()
            )
            needed = feed.needed_at(stage)
            found.append(FeedStatus(department, feed, held, needed, feed.name in missing, late))
        if strays := files.get((department, None)):
            found.append(FeedStatus(department, None, strays, needed=False, missing=False))
    return found


def missing_feeds(year: int, stage: str, home: Path, contract: Contract) -> list[Feed]:
    """The feeds needed at `stage` without a file in force, or without rows where they need some (INT-02)."""
    rows: dict[str, int] = {}
    for file in _landed(home, year).values():
        if file["in_force"] is not None:
            rows[file["feed"]] = rows.get(file["feed"], 0) + file["rows_accepted"]
    return [
        feed
        for feed in contract.feeds.values()
        if feed.needed_at(stage) and not (feed.name in rows and (rows[feed.name] or feed.may_be_empty))
    ]


def anything_in_force(year: int, home: Path) -> bool:
    """Whether a file of `year` counts."""
    return bool(_in_force(_landed(home, year)))


def pending_drops(
    inbox: Path, home: Path, contract: Contract, settled_seconds: float = SETTLED_SECONDS
) -> dict[int, str]:
    """The years whose inbox has changed since it was last taken in → a fingerprint of what lies there now.

    A year waits while one of its files has changed within `settled_seconds`: it may still be being copied.
    But the others do not wait for it for more than `PATIENCE_SECONDS`: the intake passes over what moves.
    """
    pending = {}
    clock = time.time()
    latest, patient_since = (clock - settled_seconds) * 1e9, (clock - PATIENCE_SECONDS) * 1e9
    for year in _years(inbox, home, contract):
        drops = list_drops(inbox, year, contract)
        before = taken_in(home, year)
        now = fingerprint(drops)
        table = landed_file(Home(home).landing, _TABLE, year)
        last_read = table.stat().st_mtime_ns if table.exists() else 0
        # A day to come tells nothing of when a file came; the intake itself passes over what moves.
        settled = all(drop.changed_ns <= latest or drop.changed_ns > clock * 1e9 for drop in drops)
        overdue = any(last_read < drop.changed_ns <= patient_since for drop in drops)
        if before is None and table.exists():
            now = f"{now}-{last_read}"  # it was taken in before, and the record of that is damaged
        if (settled or overdue) and now != before and (drops or before):
            pending[year] = now
    return pending


def vanished_drops(inbox: Path, home: Path, contract: Contract) -> dict[int, str]:
    """The years of whose accepted files so many are gone that the intake will refuse → what it will say."""
    found = {}
    for year in _years(inbox, home, contract):
        drops = list_drops(inbox, year, contract)
        closed = {drop.department for drop in drops if drop.barred == CLOSED_FOLDER}
        held = {file for file in _in_force(_landed(home, year)) if file.split("/")[0] not in closed}
        if gone := vanished(held, {drop.file_id for drop in drops if drop.is_file}):
            found[year] = no_withdrawal(gone, inbox, year)
    return found


def taken_in(home: Path, year: int) -> str | None:
    """The fingerprint of the inbox as it was when the year was last read; None if it never was."""
    rows = landed(Home(home).landing, _TABLE, year, INTAKE_FILE)
    return None if rows is None else (rows.schema.metadata or {}).get(INBOX, b"").decode()


def _years(inbox: Path, home: Path, contract: Contract) -> list[int]:
    """The years that have a folder in the inbox, or had one when it was taken in."""
    return sorted({*landed_years(Home(home).landing, _TABLE), *years_in(inbox, contract)})


def _landed(home: Path, year: int) -> dict[str, dict[str, Any]]:
    rows = landed(Home(home).landing, _TABLE, year, INTAKE_FILE)
    return {} if rows is None else {row["file_id"]: row for row in rows.to_pylist()}


def _in_force(files: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {file_id for file_id, row in files.items() if row["in_force"] is not None}


def _sha256(drop: Drop) -> str | None:
    """Of what lies there now; None where it is no regular file, may not be read, or is being changed."""
    if drop.barred:
        return None
    try:
        return drop.copy()
    except (PermissionError, GoneError, MovedError):
        return None
