"""Rebuilding a release from the archive: the same files, method and day must give the same tables.

Belongs here: laying out what the release says it was made from, running the year again in a home of its own,
and comparing. Does not: making a release (`publish`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from orchestration.intake.archive import Archive
from orchestration.launch import execute
from orchestration.release.editions import rebuilding
from orchestration.release.log import ReleaseLog, line_for
from orchestration.release.register import MANIFEST, Release, find, newest, sha256
from orchestration.settings import FEEDS, Home, code_version, using

_RECEIVED = "source_file"
_WHEN_AND_WHO = ("received_at", "account")  # what it says is another when a file is received again


def reproduce(home: Home, release: Release, say: Callable[[str], object]) -> list[str]:
    """Run the year of `release` again from the archive of `home`; returns the tables that differ.

    UserError where a file of the release is not in the archive or is not what it was, or a release
    that it was compared with is gone.
    """
    manifest = release.trusted_manifest()
    if manifest["code_version"] != code_version():
        say(f"code      {manifest['code_version']} then, {code_version()} now")
    with tempfile.TemporaryDirectory(prefix="mujun-") as folder, _as_then(release):
        again = Home(Path(folder) / "home")
        compared = [manifest.get(f"{part}_release") for part in ("previous", "base", "notice")]
        for name in dict.fromkeys(filter(None, compared)):
            _lend(find(home, name), again)
        inbox = Path(folder) / "inbox"
        # A file that was rejected left its former version in force: that one came first.
        former = [file for file in manifest["inputs"] if file["in_force"] not in (None, file["sha256"])]
        if former:
            _lay_out(home, inbox, manifest, "in_force")
            _run("take_in_year", manifest, again, inbox)
        _lay_out(home, inbox, manifest, "sha256")
        _run("evaluate_year", manifest, again, inbox)
        made = newest(again, release.year, release.stage)
        assert made is not None  # the job has just made it
        different = sorted(_different(release.path / "parquet", made.path / "parquet"))
        _make_removable(Path(folder))
        return different


@contextmanager
def _as_then(release: Release) -> Iterator[None]:
    """By the method and the contract as the release carries them, whatever is published under the name of its
    edition elsewhere. A release of 0.1.0 carries no contract."""
    feeds = release.path / "feeds"
    with using(policy=release.path / "policy", feeds=feeds if feeds.is_dir() else FEEDS), rebuilding():
        yield


def _lend(previous: Release, again: Home) -> None:
    folder = again.releases(previous.year)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / previous.id).symlink_to(previous.path)
    said = line_for(previous.trusted_manifest(), sha256(previous.path / MANIFEST))
    ReleaseLog.load(again).with_line(**said, adopted=True)


def _lay_out(home: Home, inbox: Path, manifest: Mapping[str, Any], version_of: str) -> None:
    """Put the files of the release into `inbox` as they lay in the departments' folders."""
    for file in manifest["inputs"]:
        if file[version_of] is None:
            continue
        target = inbox / file["department"] / str(manifest["year"]) / file["file_name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        delivered_as = f"{file['department']}/{file['file_name']}"
        Archive(home.archive).copy_out(file[version_of], delivered_as, target)


def _run(job: str, manifest: Mapping[str, Any], home: Home, inbox: Path) -> None:
    execute(
        job, year=manifest["year"], home=home, inbox=inbox, stage=manifest["stage"], as_of=manifest["as_of"]
    )


def _different(ours: Path, theirs: Path) -> Iterable[str]:
    names = {path.stem for folder in (ours, theirs) for path in folder.glob("*.parquet")}
    for name in names:
        pair = [folder / f"{name}.parquet" for folder in (ours, theirs)]
        if not all(path.is_file() for path in pair):
            yield name
        elif name == _RECEIVED:
            if _rows(pair[0]) != _rows(pair[1]):
                yield name
        elif sha256(pair[0]) != sha256(pair[1]):
            yield name


def _rows(path: Path) -> list[tuple[Any, ...]]:
    columns = f"columns(name -> not list_contains({list(_WHEN_AND_WHO)}, name))"
    query = f"select {columns} from read_parquet(?) order by file_id"
    return duckdb.execute(query, [str(path)]).fetchall()


def _make_removable(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
