"""Taking away what is kept for no reason: old drafts, and the history of old runs.

Belongs here: what may go and what rests on what. Does not: the archive, receipts and worksheets, on which
proofs rest and which nothing takes away; logs of runs, which go by themselves (`run_log`).
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

from orchestration.accounts import account_and_host
from orchestration.files import ASIDE
from orchestration.release.log import ReleaseLog
from orchestration.release.register import Release, releases, standing, years
from orchestration.release.signature import SUFFIX
from orchestration.release.upkeep import discard
from orchestration.run_request import WANTED
from orchestration.settings import Home

_NAME = re.compile(r"(?:(?P<year>\d{4})/)?(?P<id>r\d{3,}-(?:draft|notice|final))")
_BLOCK = 512  # what st_blocks counts in, whatever the file system


@dataclass(frozen=True)
class Prunable:
    """A draft that may go, and the bytes that this frees."""

    release: Release
    bytes: int


def prunable(home: Home, keep: int, *, only_automatic: bool = False) -> list[Prunable]:
    """The drafts that may go, oldest first: not among the newest `keep` of their year, and nothing that stays
    rests on them. `only_automatic`: of those that the service made by itself.

    Notices and finals stay, with all that their public packages, objections and bounds rest on, as does a
    draft that counts, that was signed, or that a release which stays was compared with. UserError where a
    manifest cannot be read: what it rests on is not known.
    """
    every = {release.name: release for year in years(home) for release in releases(home, year)}
    stays: set[str] = set()
    for year in years(home):
        drafts = [release for release in releases(home, year) if release.stage == "draft"]
        if only_automatic:
            stays |= {release.name for release in drafts if not _is_automatic(release)}
            drafts = [release for release in drafts if _is_automatic(release)]
        stands = standing(home, year)
        stays |= {release.name for release in drafts[-keep:]} | ({stands.name} if stands else set())
    for release in every.values():
        signed = release.path.with_name(f"{release.id}{SUFFIX}").exists()
        if release.stage != "draft" or signed:
            stays.add(release.name)
    waiting = list(stays)
    while waiting:
        for name in _rests_on(every[waiting.pop()]) & (every.keys() - stays):
            stays.add(name)
            waiting.append(name)
    return [Prunable(release, _freed(release.path)) for name, release in every.items() if name not in stays]


def prune(home: Home, drafts: Collection[Prunable], say: Callable[[str], object]) -> None:
    """Take drafts away, each after the log of releases tells of it. Only for whoever has the right to
    write."""
    for draft in drafts:
        release, log = draft.release, ReleaseLog.load(home)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        if log.line_of(release.year, release.id) is not None:
            log.with_pruned(release.year, release.id, pruned_at=now, **account_and_host())
        aside = release.path.with_name(release.id + ASIDE)
        release.path.rename(aside)
        discard(aside)
        say(f"pruned    {release.name}")


def old_runs(instance: dg.DagsterInstance, keep: int) -> list[str]:
    """The ids of the runs in Dagster's history that may go: ended, not among the newest `keep`, and nothing
    is decided by them. By the last of a job and year that went well the UI tells when an asset was made; by
    the last of all, and the other attempts at what it was wanted for, the sensor tells what to start."""
    went_well: set[tuple[str, str | None]] = set()
    last: dict[tuple[str, str | None], str | None] = {}
    found = []
    for number, run in enumerate(instance.get_runs()):
        kind, wanted = (run.job_name, run.tags.get(PARTITION_NAME_TAG)), run.tags.get(WANTED)
        stays = kind not in last or (wanted is not None and wanted == last[kind])
        last.setdefault(kind, wanted)
        if run.is_success and kind not in went_well:
            went_well.add(kind)
            stays = True
        if number >= keep and run.is_finished and not stays:
            found.append(run.run_id)
    return found


def forget_runs(instance: dg.DagsterInstance, home: Home, run_ids: Collection[str]) -> None:
    """Take runs out of Dagster's history."""
    for run_id in run_ids:
        instance.delete_run(run_id)
        for path in (home.dagster / "history" / "runs").glob(f"{run_id}.db*"):
            path.unlink(missing_ok=True)
        shutil.rmtree(home.dagster / "storage" / run_id, ignore_errors=True)


def compact(home: Home) -> None:
    """Give the room in Dagster's databases that forgotten runs have left back to the disk."""
    for name in ("history/runs.db", "history/runs/index.db"):
        if (path := home.dagster / name).is_file():
            with closing(sqlite3.connect(path, timeout=60)) as connection:
                connection.execute("vacuum")
                connection.execute("pragma wal_checkpoint(truncate)")


def damaged(home: Home) -> list[Path]:
    """What of Dagster's was set aside as damaged."""
    return sorted(home.dagster.rglob("*.damaged-*"))


def _is_automatic(release: Release) -> bool:
    return "asked_by" in release.manifest.get("run", {})


def _rests_on(release: Release) -> set[str]:
    """The releases that the manifest names, whatever for."""
    found = set()
    for said in release.manifest.values():
        if isinstance(said, str) and (named := _NAME.fullmatch(said)):
            found.add(f"{named['year'] or release.year}/{named['id']}")
    return found - {release.name}


def _freed(folder: Path) -> int:
    """The bytes that go with a folder; a file that another release has too stays on the disk."""
    found = (path.lstat() for path in folder.rglob("*") if path.is_file())
    return sum(status.st_blocks * _BLOCK for status in found if status.st_nlink == 1)
