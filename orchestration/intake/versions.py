"""Every version of every file ever seen: who delivered it, when, as what, and which one is in force.

Belongs here: the ledger of a year, landed as `intake_version`; where that is lost, it follows from the
receipts. Does not: the contents (`archive`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa

from orchestration.intake.outcome import ACCEPTED, PARTLY_ACCEPTED, REJECTED, WITHDRAWN
from orchestration.intake.receipts import all_told
from orchestration.landing import land, landed
from orchestration.settings import Home

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
        self.rebuilt = False

    @classmethod
    def load(cls, home: Home, year: int) -> Ledger:
        """The ledger of a year; `rebuilt` where it had to be made anew from the receipts."""
        rows = landed(home.landing, TABLE, year, _SCHEMA)
        if rows is not None:
            return cls(Version(**row) for row in rows.select(_SCHEMA.names).to_pylist())
        ledger = cls([])
        for receipt in all_told(home.receipts, year):
            ledger._replay(receipt)
        ledger.rebuilt = bool(ledger._files)
        return ledger

    def save(self, home: Home, year: int) -> None:
        rows = [asdict(version) for versions in self._files.values() for version in versions.values()]
        land(home.landing, TABLE, year, pa.Table.from_pylist(rows, _SCHEMA))

    def __bool__(self) -> bool:
        """Whether anything was ever delivered."""
        return bool(self._files)

    @property
    def held(self) -> Mapping[str, Version]:
        """The versions in force, by file."""
        return {v.file_id: v for versions in self._files.values() for v in versions.values() if v.in_force}

    @property
    def first_accepted(self) -> Mapping[str, dt.datetime]:
        """When the first file of each feed came that was accepted, in whole or in part, by feed."""
        first: dict[str, dt.datetime] = {}
        for version in (v for versions in self._files.values() for v in versions.values()):
            if version.status in (ACCEPTED, PARTLY_ACCEPTED):
                known = first.get(version.feed, version.received_at)
                first[version.feed] = min(known, version.received_at)
        return first

    def knows(self, file_id: str) -> bool:
        """Whether anything was ever delivered under this name."""
        return file_id in self._files

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
            self._withdraw(version.file_id)
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

    def _replay(self, receipt: Mapping[str, Any]) -> None:
        """Note what a receipt told, older ones first."""
        status, in_force = receipt["status"], receipt["in_force"]
        version = Version(
            department=receipt["department"],
            feed=receipt["feed"],
            file_name=receipt["file_name"],
            sha256=receipt["sha256"],
            received_at=dt.datetime.fromisoformat(receipt["received_at"]),
            status=status,
            in_force=False,
            present=True,
            replaces=receipt["replaces"] if status != REJECTED else None,
        )
        if status == WITHDRAWN:
            self._withdraw(version.file_id)
            return
        if in_force is not None and in_force != version.sha256 and not self.find(version.file_id, in_force):
            self.record(replace(version, sha256=in_force, status=ACCEPTED), in_force)
        self.record(version, in_force)

    def _withdraw(self, file_id: str) -> None:
        self._files[file_id] = {
            sha256: replace(other, present=False, in_force=False)
            for sha256, other in self._files.get(file_id, {}).items()
        }
