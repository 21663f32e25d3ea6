"""Which runs of a home live. The kernel tells: a run's process holds a lock until it ends, however it ends.

Dagster believes what a run last said of itself, and starts no other beside one that was killed. Belongs
here: telling the dead from those that live, or wait for the right to write, and failing them with a reason.
Does not: that right (`resources`).
"""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import dagster as dg

from orchestration.settings import Home

_GOES_ON = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_LOADS = timedelta(minutes=10)  # how long a launched process may take to come to its first step
_REASON = (
    "The process of this run has ended without a word: it was killed, or the machine went down. "
    "What it had begun does not count; nothing of it was published."
)

# Held until this process ends.
_held: dict[Path, IO[str]] = {}


def come_alive(home: Home, run_id: str) -> None:
    """Say that the run lives for as long as this process does."""
    mark = _mark(home, run_id)
    if mark in _held:
        return
    mark.parent.mkdir(parents=True, exist_ok=True)
    lock = mark.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    _held[mark] = lock


def fail_the_dead(instance: dg.DagsterInstance, home: Home) -> list[str]:
    """Fail the runs that still say that they go on and whose process has ended; returns their ids."""
    records = instance.get_run_records(dg.RunsFilter(statuses=_GOES_ON))
    dead = [record.dagster_run for record in records if not _lives(home, record)]
    for run in dead:
        instance.report_run_failed(run, _REASON)
    for mark in _mark(home, "").glob("*"):
        known = instance.get_run_by_id(mark.name)
        if known is not None and known.is_finished:
            mark.unlink(missing_ok=True)
    return [run.run_id for run in dead]


def lives(home: Home, run_id: str) -> bool | None:
    """Whether the process of a run lives; None where it never said so, or its end is told already."""
    try:
        with _mark(home, run_id).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return None
    return False


def _lives(home: Home, record: dg.RunRecord) -> bool:
    told = lives(home, record.dagster_run.run_id)
    if told is None:  # launched, but not yet at its first step
        updated = record.update_timestamp
        return datetime.now(UTC) - updated.replace(tzinfo=updated.tzinfo or UTC) < _LOADS
    return told


def _mark(home: Home, run_id: str) -> Path:
    return home.dagster / "living" / run_id
