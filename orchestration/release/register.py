"""The releases of a home: which there are, which one stands, and what is read from one.

Belongs here: finding releases, and reading them only where they are still what they were. Does not: whether
everything in one is as it was (`verify`), making one (`publish`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.errors import UserError
from orchestration.intake.contract import STAGES
from orchestration.release.log import ReleaseLog, number_of
from orchestration.release.reading import DATABASE, MANIFEST, open_release
from orchestration.settings import Home

_ID = re.compile(r"r(\d{3,})-(draft|notice|final)")


@dataclass(frozen=True)
class Release:
    """A release in its folder `releases/<year>/<id>`, or a copy of one."""

    year: int
    id: str
    path: Path

    @property
    def name(self) -> str:
        """How it is named: 2024/r001-final."""
        return f"{self.year}/{self.id}"

    @property
    def number(self) -> int:
        """The number in the id, r001 → 1."""
        return number_of(self.id)

    @property
    def stage(self) -> str:
        """draft, notice or final."""
        return self.id.split("-")[1]

    @property
    def manifest(self) -> dict[str, Any]:
        """What the release says of itself; UserError where it cannot be read."""
        path = self.path / MANIFEST
        try:
            manifest = json.loads(path.read_bytes())
            if (manifest["year"], manifest["release"]) == (self.year, self.id):
                return dict(manifest)
            said = f"it is that of {manifest['year']}/{manifest['release']}"
        except (OSError, ValueError, KeyError, TypeError) as error:
            said = f"{type(error).__name__}: {error}"
        raise UserError(
            f"The manifest of {self.name} cannot be read ({path}: {said}). A release cannot be made anew: "
            "restore its folder from a copy, or take it out of the home."
        )

    @property
    def home(self) -> Home | None:
        """The home that it lies in; None for a copy elsewhere."""
        home = Home(self.path.parent.parent.parent)
        return home if self.path == home.releases(self.year) / self.id else None

    def trusted_manifest(self) -> dict[str, Any]:
        """The manifest, held against the log of its home: what rests on a release must rest on what was
        released. UserError where it is another."""
        manifest = self.manifest
        if self.home is not None:
            line = ReleaseLog.load(self.home).line_of(self.year, self.id)
            if line is None or line.sha256 != sha256(self.path / MANIFEST):
                raise UserError(
                    f"{self.name} is not what was released: its manifest is not the one that the log of the "
                    f"releases names. `mujun verify {self.name}` says more; restore its folder from a copy."
                )
        return manifest

    def table(self, name: str) -> pa.Table:
        """The rows of a published table, from bytes that have the hash of the manifest; UserError if not."""
        content = self._checked(f"parquet/{name}.parquet")
        return pq.read_table(pa.BufferReader(content))

    @contextmanager
    def database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """`release.duckdb`, read-only, if it has the hash of the manifest; else UserError."""
        self.check(DATABASE)
        with open_release(self.path) as connection:
            yield connection

    def check(self, name: str) -> None:
        """UserError where a file of the release is not the one that was released."""
        try:
            found: str | None = sha256(self.path / name)
        except OSError:
            found = None
        self._hold(name, found)

    def _checked(self, name: str) -> bytes:
        try:
            content = (self.path / name).read_bytes()
        except OSError:
            self._hold(name, None)
            raise
        self._hold(name, hashlib.sha256(content).hexdigest())
        return content

    def _hold(self, name: str, found: str | None) -> None:
        recorded = {output["name"]: output["sha256"] for output in self.trusted_manifest()["outputs"]}
        if found is None or recorded.get(name) != found:
            said = "is missing or cannot be read" if found is None else "was changed after the release"
            raise UserError(
                f"{self.name} cannot be relied on: {name} {said}. `mujun verify {self.name}` says more; "
                "restore its folder from a copy."
            )


def releases(home: Home, year: int) -> list[Release]:
    """The releases of `year`, oldest first."""
    folder = home.releases(year)
    found = (
        [
            Release(year, path.name, path)
            for path in folder.iterdir()
            if _ID.fullmatch(path.name) and path.is_dir()
        ]
        if folder.is_dir()
        else []
    )
    return sorted(found, key=lambda release: release.number)


def standing(home: Home, year: int) -> Release | None:
    """The release of `year` that counts: the newest of the highest stage reached; None if there is none."""
    return max(
        releases(home, year),
        key=lambda release: (STAGES.index(release.stage), release.number),
        default=None,
    )


def newest(home: Home, year: int, stage: str) -> Release | None:
    """The newest release of `year` at `stage`; None if there is none."""
    return next((release for release in reversed(releases(home, year)) if release.stage == stage), None)


def years(home: Home) -> list[int]:
    """The years that have a folder of releases."""
    folder = home.path / "releases"
    return (
        sorted(int(path.name) for path in folder.iterdir() if re.fullmatch(r"\d{4}", path.name))
        if folder.is_dir()
        else []
    )


def find(home: Home, name: str) -> Release:
    """The release that `name` means: a folder, `<year>/<id>`, `<year>` for the one that stands, or an id that
    only one year has. UserError if there is none, or more than one."""
    path = Path(name).expanduser()
    if (path / MANIFEST).is_file():
        return _in_folder(path.resolve())
    candidates = [
        release
        for year in years(home)
        for release in releases(home, year)
        if name in (release.id, release.name) or (name == str(year) and release == standing(home, year))
    ]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        several = ", ".join(release.name for release in candidates)
        raise UserError(f"“{name}” is a release of several years: {several}. Name the year.")
    raise UserError(
        f"There is no release “{name}” under {home.path / 'releases'}. `mujun releases` lists them."
    )


def _in_folder(path: Path) -> Release:
    """The release in a folder, whatever that is called: its manifest says which one it is."""
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        year, release_id = manifest["year"], manifest["release"]
        if isinstance(year, int) and _ID.fullmatch(release_id):
            return Release(year, release_id, path)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{path / MANIFEST} is not the manifest of a release.")


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
