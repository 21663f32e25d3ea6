"""What became of a file, as the intake reports it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ACCEPTED, PARTLY_ACCEPTED, REJECTED, WITHDRAWN = "accepted", "partly_accepted", "rejected", "withdrawn"
REPLACED = "replaced"  # refused, and a file of the same name but for the extension was accepted since
VERDICTS: Mapping[str, str] = {
    ACCEPTED: "已受理",
    PARTLY_ACCEPTED: "部分受理",
    REJECTED: "退回",
    WITHDRAWN: "已撤回",
    REPLACED: "已被替代",
}
UNKNOWN_FEED = "unknown"


@dataclass(frozen=True)
class CellFault:
    """One faulty cell: where it is, what stands there, and the Chinese sentences about it."""

    row: int
    row_key: str
    column: str
    label: str
    sheet: str | None  # None for a CSV
    cell: str | None
    value: str | None
    fault: str
    reason: str
    remedy: str


@dataclass
class FileOutcome:
    """What became of one file of the drop folder. `message` is Chinese, empty where all is well.

    The counts are of the version in force: of this content, or, where it was rejected, of the version
    accepted before (`in_force`), or zero. read = accepted + quarantined + left out.
    """

    department: str
    feed: str
    file_name: str
    sha256: str | None
    received_at: dt.datetime
    account: str | None = None  # whose file lies in the folder
    status: str = ACCEPTED
    message: str = ""
    in_force: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_left_out: int = 0
    faults: Sequence[CellFault] = ()

    @property
    def file_id(self) -> str:
        return f"{self.department}/{self.file_name}"

    @property
    def verdict(self) -> str:
        return VERDICTS[self.status]


@dataclass(frozen=True)
class IntakeResult:
    """What became of every file of one year; `notices` are Chinese sentences about what was not a file.

    `first_accepted`: when the first file of each feed came that was accepted.
    """

    year: int
    files: Sequence[FileOutcome]
    withdrawn: Sequence[FileOutcome] = ()
    notices: Sequence[str] = ()
    first_accepted: Mapping[str, dt.datetime] = field(default_factory=dict)
