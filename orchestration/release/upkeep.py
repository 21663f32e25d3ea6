"""What every opening of a home puts right: `current`, what a killed run began, releases without a line in the
log.

Belongs here: what follows from the releases and is made again from them. Does not: a release or a line of the
log that is damaged, which nothing can make again (`verify` names it).
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from orchestration.errors import UserError
from orchestration.files import ASIDE, FOLDER_MODE, write_whole
from orchestration.release.history import keep_history
from orchestration.release.log import NAME, ReleaseLog, line_for
from orchestration.release.register import MANIFEST, Release, releases, sha256, standing, years
from orchestration.settings import Home

_CURRENT = ("current", "current.txt")


def put_right(home: Home, say: Callable[[str], object]) -> None:
    """Put a home's releases right, and say what was done. Only for whoever has the right to write into it."""
    adopt(home, say, only_unlogged=True)
    log = ReleaseLog.load(home)
    # By the word of a broken log nothing is taken away.
    for pruned in () if log.faults else log.pruned.values():
        discard(home.releases(pruned.year) / pruned.id)  # unless whoever pruned it came to that
    for year in years(home):
        for remains in home.releases(year).glob(f"*{ASIDE}*"):
            discard(remains)
        point_at_standing(home, year, say)
    keep_history(home, say)


def adopt(home: Home, say: Callable[[str], object], *, only_unlogged: bool) -> None:
    """Give a line of the log, marked as adopted, to the releases that have none, by the day they were made.

    `only_unlogged`: only to those of versions of the product that kept no log, and only where there is none
    yet: a release that turns up beside a log was not made here. Otherwise to all, and a log whose chain is
    broken is set aside: a person's word that there is no copy to restore it from.
    """
    log = ReleaseLog.load(home)
    if only_unlogged and log.is_begun:
        return
    if log.faults and not only_unlogged:
        aside = next(
            path for n in range(1, 1000) if not (path := log.path.with_name(f"log.{n}.jsonl")).exists()
        )
        log.path.replace(aside)
        say(f"log       broken: set aside as {aside}")
        log = ReleaseLog.load(home)
    lacking = []
    for release in (release for year in years(home) for release in releases(home, year)):
        if log.line_of(release.year, release.id) is None:
            try:
                manifest = release.manifest
            except UserError as error:
                say(f"release   {error}")
                continue
            if not (only_unlogged and "run" in manifest):
                lacking.append((manifest["made_at"], release.year, release.number, release, manifest))
    if lacking and only_unlogged:
        home.path.chmod(FOLDER_MODE)  # it was made by a version that let everybody read it
    lacking.sort(key=lambda found: found[:3])
    lines = [
        {**line_for(manifest, sha256(release.path / MANIFEST)), "adopted": True}
        for *_, release, manifest in lacking
    ]
    if log.is_begun:
        for line in lines:
            log = log.with_line(**line)
    elif lines:
        log.begun_with(lines)
    for *_, release, _ in lacking:
        say(f"log       {release.name} adopted into {NAME}")


def point_at_standing(home: Home, year: int, say: Callable[[str], object]) -> Release | None:
    """Let `current` and `current.txt` name the release of `year` that counts, if they do not; returns it."""
    release = standing(home, year)
    if release is None:
        for name in _CURRENT:
            discard(home.releases(year) / name)
        return None
    named = pointers(home, year)
    if set(named) != {release.id}:
        _point_at(release)
        if any(named):
            say(f"current   now names {release.name}; it named {' and '.join(filter(None, named))}")
    return release


def pointers(home: Home, year: int) -> tuple[str | None, str | None]:
    """The releases that `current` and `current.txt` name; None where there is none, or another kind of
    file."""
    link, text = (home.releases(year) / name for name in _CURRENT)
    try:
        told = text.read_text(encoding="utf-8", errors="replace") if not text.is_symlink() else None
    except OSError:
        told = None
    return (
        str(link.readlink()) if link.is_symlink() else None,
        told.removesuffix("\n")[:80] if told is not None else None,
    )


def _point_at(release: Release) -> None:
    """Each of the two changes in one step, and is on the disk when this returns."""
    folder = release.path.parent
    link, text = (folder / name for name in _CURRENT)
    aside = folder / f"current{ASIDE}"
    for path in (link, text):
        if path.is_dir() and not path.is_symlink():
            discard(path)  # a copy that followed the link
    discard(aside)
    aside.symlink_to(release.id)
    aside.replace(link)
    write_whole(text, f"{release.id}\n".encode())


def discard(path: Path) -> None:
    """Remove what a run that was killed had begun, or nothing."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for folder in (path, *_folders(path)):
        folder.chmod(stat.S_IRWXU)
    shutil.rmtree(path)


def _folders(path: Path) -> Iterator[Path]:
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            entry.chmod(stat.S_IRWXU)
            yield entry
            yield from _folders(entry)
