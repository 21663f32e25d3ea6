"""Where the deliveries of a year stand, without reading any: for `mujun status` and for the sensor.

Belongs here: comparing the inbox, the landed `intake_file` and the contract. Does not: taking anything in
(`run`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from orchestration.intake.contract import Contract, Feed
from orchestration.intake.inbox import Drop, fingerprint, list_drops, years_in
from orchestration.intake.outcome import VERDICTS
from orchestration.intake.tables import INBOX

SETTLED_SECONDS = 5.0
PATIENCE_SECONDS = 20.0
UNREAD = "unread"


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

    `needed`: it must be there at the stage that was asked about; `missing`: and is not (INT-02).
    """

    department: str
    feed: Feed | None
    files: Sequence[FileStatus]
    needed: bool
    missing: bool


def status_of(year: int, stage: str, inbox: Path, home: Path, contract: Contract) -> list[FeedStatus]:
    """What every department has delivered for `year`, and what is missing at `stage`."""
    landed = _landed(home, year)
    files: dict[tuple[str, str | None], list[FileStatus]] = {}
    for drop in list_drops(inbox, year, contract):
        own = drop.feed is not None and drop.feed.department == drop.department
        known = landed.get(drop.file_id)
        if known is None or known["sha256"] != _sha256(drop):
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
            found.append(FeedStatus(department, feed, held, feed.needed_at(stage), feed.name in missing))
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
    for year in years_in(inbox, contract):
        drops = list_drops(inbox, year, contract)
        before = taken_in(home, year)
        now = fingerprint(drops)
        table = _file_table(home, year)
        last_read = table.stat().st_mtime_ns if table.exists() else 0
        # A day to come tells nothing of when a file came; the intake itself passes over what moves.
        settled = all(drop.changed_ns <= latest or drop.changed_ns > clock * 1e9 for drop in drops)
        overdue = any(last_read < drop.changed_ns <= patient_since for drop in drops)
        if (settled or overdue) and now != before and (drops or before):
            pending[year] = now
    return pending


def _file_table(home: Path, year: int) -> Path:
    return home / "landing" / "intake_file" / f"year={year}" / "rows.parquet"


def taken_in(home: Path, year: int) -> str | None:
    """The fingerprint of the inbox as it was when the year was last read; None if it never was."""
    file_table = _file_table(home, year)
    if not file_table.exists():
        return None
    return (pq.read_schema(file_table).metadata or {}).get(INBOX, b"").decode()


def _landed(home: Path, year: int) -> dict[str, dict[str, Any]]:
    path = _file_table(home, year)
    if not path.exists():
        return {}
    return {row["file_id"]: row for row in pq.ParquetFile(path).read().to_pylist()}


def _sha256(drop: Drop) -> str | None:
    """Of what lies there now; None where it is no regular file, or may not be read."""
    if not drop.regular:
        return None
    try:
        with drop.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except PermissionError:
        return None
