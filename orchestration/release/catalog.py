"""The releases of a home: which there are, which is the newest, and whether one is still what it was."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.errors import UserError
from orchestration.settings import Home

_ID = re.compile(r"r(\d{3,})-(draft|notice|final)")


@dataclass(frozen=True)
class Release:
    """A release in its folder `releases/<year>/<id>`."""

    year: int
    id: str
    path: Path

    @property
    def number(self) -> int:
        match = _ID.fullmatch(self.id)
        assert match is not None  # ids come from `releases`
        return int(match.group(1))

    @property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.path / "manifest.json").read_text(encoding="utf-8"))
        return manifest


def releases(home: Home, year: int) -> list[Release]:
    """The releases of `year`, oldest first."""
    folder = home.releases(year)
    found = (
        [Release(year, path.name, path) for path in folder.iterdir() if _ID.fullmatch(path.name)]
        if folder.is_dir()
        else []
    )
    return sorted(found, key=lambda release: release.number)


def newest(home: Home, year: int) -> Release | None:
    """The newest release of `year`, of whatever stage; None if there is none."""
    found = releases(home, year)
    return found[-1] if found else None


def years(home: Home) -> list[int]:
    """The years that have a folder of releases."""
    folder = home.path / "releases"
    return (
        sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit()) if folder.is_dir() else []
    )


def find(home: Home, name: str) -> Release:
    """The release that `name` means: a folder, `<year>/<id>`, `<year>` for its newest, or an id that only one
    year has. UserError if there is none, or more than one."""
    path = Path(name).expanduser()
    if (path / "manifest.json").is_file():
        path = path.resolve()
        return Release(int(path.parent.name), path.name, path)
    candidates = [
        release
        for year in years(home)
        for release in releases(home, year)
        if name in (release.id, f"{year}/{release.id}")
        or (name == str(year) and release == newest(home, year))
    ]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        several = ", ".join(f"{release.year}/{release.id}" for release in candidates)
        raise UserError(f"“{name}” is a release of several years: {several}. Name the year.")
    raise UserError(
        f"There is no release “{name}” under {home.path / 'releases'}. `mujun releases` lists them."
    )


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def outputs(folder: Path) -> Iterator[str]:
    """The files of a release but its manifest, by their names within it."""
    return (
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    )


def faults(release: Release) -> list[str]:
    """What is no longer as the manifest says: a file changed, gone, or one too many. Empty if all is well."""
    recorded = {output["name"]: output["sha256"] for output in release.manifest["outputs"]}
    there = set(outputs(release.path))
    found = [f"{name} is missing" for name in sorted(recorded.keys() - there)]
    found += [f"{name} is not part of the release" for name in sorted(there - recorded.keys())]
    found += [
        f"{name} was changed after the release"
        for name in sorted(recorded.keys() & there)
        if sha256(release.path / name) != recorded[name]
    ]
    return found
