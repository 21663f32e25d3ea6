"""What was released, in lines for the terminal: which release of each year stands, and what came after it."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.errors import UserError
from orchestration.release.log import ReleaseLog
from orchestration.release.register import Release, releases, standing, years
from orchestration.release.verify import ABANDONED, abandoned
from orchestration.settings import Home


def told(home: Home, year: int | None) -> Iterator[str]:
    """A line per release of `year`, or of every year, oldest first; then the numbers that were abandoned."""
    found = [release for y in ([year] if year else years(home)) for release in releases(home, y)]
    if not found:
        yield f"No releases under {home.path / 'releases'}."
    for release in found:
        stands = standing(home, release.year)
        assert stands is not None  # there is one at least, this
        yield f"{release.name:<20} {_about(release)}  {_place(release, stands)}".rstrip()
    log = ReleaseLog.load(home)
    for gone in log.pruned.values():
        if year in (None, gone.year):
            yield f"{gone.year}/{gone.id:<15} {gone.said}"
    for line in abandoned(home, log):
        if year in (None, line.year):
            yield f"{line.year}/{line.id:<15} {ABANDONED}"
    if found and log.is_begun:
        yield f"The last line of the log has the hash {log.head}"
    elif found:
        yield (
            f"There is no line in {log.path}: nothing vouches for these releases. Restore it from a copy, or "
            "let `mujun releases --adopt` begin a new one."
        )


def _about(release: Release) -> str:
    try:
        manifest = release.manifest
    except UserError as error:
        return str(error)
    counts = manifest["findings"]
    return (
        f"{manifest['made_at']}  edition {manifest['edition']}  {counts['error']} errors, "
        f"{counts['warning']} warnings, {counts['waived']} waived"
    )


def _place(release: Release, stands: Release) -> str:
    if release == stands:
        return "current"
    if release.number > stands.number:
        return f"came after {stands.id}, does not take its place"
    return ""
