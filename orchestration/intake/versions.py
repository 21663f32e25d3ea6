"""Every version of every file ever seen: who delivered it, when, as what, and which one is in force.

Belongs here: the ledger of a year, landed as `intake_version`. Does not: the contents (`archive`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing import land

TABLE = "intake_version"
_SCHEMA = pa.schema(
    {
        "department": pa.string(),
        "feed": pa.string(),
        "file_name": pa.string(),
        "sha256": pa.string(),
        "received_at": pa.timestamp("us", tz="UTC"),
        "status": pa.string(),
        "in_force": pa.bool_(),
        "present": pa.bool_(),
        "replaces": pa.string(),
    }
)


@dataclass(frozen=True)
class Version:
    """One content seen under one name. `present`: it lies in the folder now; `in_force`: its rows count.

    `replaces` is the SHA-256 of the version that was in force when this one came into force.
    """

    department: str
    feed: str
    file_name: str
    sha256: str | None
    received_at: dt.datetime
    status: str
    in_force: bool
    present: bool
    replaces: str | None = None

    @property
    def file_id(self) -> str:
        return f"{self.department}/{self.file_name}"


class Ledger:
    """The versions of one year, by file and content; the newest of a file comes last."""

    def __init__(self, versions: Iterable[Version]) -> None:
        self._files: dict[str, dict[str | None, Version]] = {}
        for version in versions:
            self._files.setdefault(version.file_id, {})[version.sha256] = version

    @classmethod
    def load(cls, landing: Path, year: int) -> Ledger:
        path = landing / TABLE / f"year={year}" / "rows.parquet"
        if not path.exists():
            return cls([])
        return cls(Version(**row) for row in pq.ParquetFile(path).read().to_pylist())

    def save(self, landing: Path, year: int) -> None:
        rows = [asdict(version) for versions in self._files.values() for version in versions.values()]
        land(landing, TABLE, year, pa.Table.from_pylist(rows, _SCHEMA))

    def find(self, file_id: str, sha256: str | None) -> Version | None:
        """The version of this content under this name."""
        return self._files.get(file_id, {}).get(sha256)

    def in_force(self, file_id: str) -> Version | None:
        """The version of a file whose rows count."""
        return next((v for v in self._files.get(file_id, {}).values() if v.in_force), None)

    def withdraw_all_but(self, present: Collection[str]) -> list[Version]:
        """Note which files no longer lie in the folder; returns those that did the last time."""
        taken_out = [
            version
            for file_id, versions in self._files.items()
            if file_id not in present
            for version in versions.values()
            if version.present
        ]
        for version in taken_out:
            self._files[version.file_id] = {
                sha256: replace(other, present=False, in_force=False)
                for sha256, other in self._files[version.file_id].items()
            }
        return taken_out

    def record(self, version: Version, in_force: str | None) -> None:
        """Note that `version` lies in the folder now, and which content of that file is `in_force`."""
        versions = self._files.setdefault(version.file_id, {})
        versions.pop(version.sha256, None)
        versions[version.sha256] = version
        for sha256, other in versions.items():
            versions[sha256] = replace(
                other, present=other is version, in_force=in_force is not None and sha256 == in_force
            )
