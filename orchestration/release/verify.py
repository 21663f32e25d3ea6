"""Whether a release is still as it was released, and the log of its home whole.

Belongs here: every difference between what a release says of itself, what the log says of it, and what lies
on the disk. Does not: mending any of it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestration.errors import UserError
from orchestration.release.log import FIRST, NAME, Line, ReleaseLog
from orchestration.release.register import MANIFEST, Release, releases, sha256, standing, years
from orchestration.release.signature import SUFFIX
from orchestration.release.upkeep import pointers
from orchestration.settings import Home

# The log cannot tell a number that was given up from a release that was taken away.
ABANDONED = "has a line in the log and no folder: an abandoned number, or a release that was taken away"
_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def faults(release: Release, home: Home, anchor: str | None = None) -> list[str]:
    """What is no longer as it was released, a sentence each; empty if all is well.

    Looked at are every file of the release, the whole log of `home`, that each of its lines is that of the
    manifest of its release, and what `current` names. A copy elsewhere must be a release that the log names.
    `anchor`: the hash of a line of the log, noted when it was the last.
    """
    log = ReleaseLog.load(home)
    own = release.home == home
    wrong = [*_files(release, own), *log.faults, *_logged(release, log, own)]
    for year in years(home) if own else ():
        wrong += _year(home, year, log)
    if own:
        wrong += _taken_away(home, log)
    if anchor is not None and not (anchor == FIRST or log.has(anchor)):
        wrong.append(
            f"releases/{NAME}: no line has the hash {anchor}, so the log is not the one that this was noted "
            "from"
        )
    return wrong


def notes(home: Home, release: Release) -> list[str]:
    """What is no fault and worth knowing of a release that is as it was, a sentence each."""
    log = ReleaseLog.load(home)
    found: list[str] = []
    line = log.line_of(release.year, release.id)
    if line is not None and line.adopted:
        found.append(
            f"{release.name} was adopted into the log after it was made: nothing vouches for it before that."
        )
    found += [f"{line.year}/{line.id} {line.said}." for line in log.pruned.values()]
    return found + [f"{line.year}/{line.id} {ABANDONED}." for line in abandoned(home, log)]


def abandoned(home: Home, log: ReleaseLog) -> list[Line]:
    """The lines whose release has no folder and was not pruned."""
    return [
        line
        for line in log.lines
        if (line.year, line.id) not in log.pruned and not (home.releases(line.year) / line.id).is_dir()
    ]


def _logged(release: Release, log: ReleaseLog, own: bool) -> Iterator[str]:
    """Whether the log names this very manifest."""
    if own:
        return  # looked at with all releases of the home
    path = release.path / MANIFEST
    if not any(line.sha256 == sha256(path) for line in log.lines):
        yield f"{release.name}: the log {log.path} names no release with this manifest"


def _year(home: Home, year: int, log: ReleaseLog) -> Iterator[str]:
    """Every release of a year against its line, and what else lies in its folder."""
    there = {release.id: release for release in releases(home, year)}
    for release in there.values():
        line = log.line_of(year, release.id)
        if line is None:
            yield f"{release.name} has no line in releases/{NAME}"
            continue
        if not (release.path / MANIFEST).is_file() or line.sha256 != sha256(release.path / MANIFEST):
            yield f"{release.name}: its manifest is not the one that releases/{NAME} names"
        elif line.stage != release.stage:
            yield f"releases/{NAME}: the line of {release.name} says it is a {line.stage}"
    if home.releases(year).is_symlink():
        yield f"releases/{year} is a link, not the folder of a year"
    for entry in sorted(home.releases(year).iterdir()):
        if entry.name not in (*there, *(f"{name}{SUFFIX}" for name in there), "current", "current.txt"):
            yield f"releases/{year}/{entry.name} is no release and does not belong there"
        elif entry.name in there and entry.is_symlink():
            yield f"releases/{year}/{entry.name} is a link, not the folder of a release"
    stands = standing(home, year)
    for name, named in zip(("current", "current.txt"), pointers(home, year), strict=True):
        if named != (stands.id if stands else None):
            said = f"names {named}" if named else "names no release"
            counts = stands.id if stands else "none"
            yield f"releases/{year}/{name} {said}; the release that counts is {counts}"


def _taken_away(home: Home, log: ReleaseLog) -> Iterator[str]:
    """The releases without a folder which others say that they were compared with: those were published."""
    gone = {f"{line.year}/{line.id}" for line in abandoned(home, log)}
    gone |= {f"{year}/{release_id}" for year, release_id in log.pruned}
    for year in years(home):
        for release in releases(home, year):
            try:
                manifest = release.manifest
            except UserError:
                continue  # told where its files are looked at
            beside = manifest.get("stands_beside")
            named = [manifest.get(f"{part}_release") for part in ("previous", "base", "notice")]
            for name in dict.fromkeys([*named, beside and f"{year}/{beside}"]):
                if name in gone:
                    yield f"{name} was taken away: {release.name} was made after it and names it"


def _files(release: Release, own: bool) -> Iterator[str]:
    """The files of a release against its manifest: changed, gone, one too many, of another kind; and in its
    home, whether anybody may write into it."""
    try:
        manifest = release.manifest
        recorded = {output["name"]: output["sha256"] for output in manifest["outputs"]}
    except (UserError, KeyError, TypeError) as error:
        yield str(error) if isinstance(error, UserError) else f"{release.name}: its manifest names no outputs"
        return
    yield from _stage(release, manifest)
    there = dict(_entries(release.path))
    folders = {str(parent) for name in recorded for parent in Path(name).parents}
    for name in sorted(recorded.keys() - there.keys()):
        yield f"{name} is missing"
    for name, entry in sorted(there.items()):
        if entry.is_symlink() or not (entry.is_dir() or stat.S_ISREG(entry.lstat().st_mode)):
            yield f"{name} is a link or no regular file"
        elif entry.is_dir():
            if name not in folders:
                yield f"the folder {name} is not part of the release"
        elif name not in recorded:
            if name != MANIFEST:
                yield f"{name} is not part of the release"
        elif sha256(entry) != recorded[name]:
            yield f"{name} was changed after the release"
    if own:
        for name, entry in sorted({".": release.path, **there}.items()):
            if not entry.is_symlink() and entry.stat().st_mode & _WRITE:
                yield f"{name} may be written to (mode {stat.S_IMODE(entry.stat().st_mode):o})"


def _stage(release: Release, manifest: Mapping[str, Any]) -> Iterator[str]:
    if manifest.get("stage") != release.stage:
        yield f"{release.name} says in its manifest that it is a {manifest.get('stage')}"


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything in a release at any depth, by its name within it; links are not followed."""
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root, name)
            yield path.relative_to(folder).as_posix(), path
