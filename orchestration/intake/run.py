"""One intake: every file of a year archived, read against the contract, answered with a receipt, and landed.

Belongs here: the order of the steps and the tables that they land. Does not: any of the steps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.archive import archive_file
from orchestration.intake.contract import Contract, Feed
from orchestration.intake.csv_file import read_csv
from orchestration.intake.faults import FAULTS, Context, Place, cell_address, sentence
from orchestration.intake.feed_rows import (
    ACCEPTED,
    FILE,
    LEFT_OUT,
    QUARANTINED,
    FeedReader,
    FeedRows,
)
from orchestration.intake.header import Labels
from orchestration.intake.inbox import Drop, list_drops
from orchestration.intake.raw import ROW, RawFile
from orchestration.intake.refusal import RefusalError
from orchestration.intake.values import TYPES
from orchestration.intake.worker import WorkbookReader
from orchestration.landing import land

UNKNOWN_FEED = "unknown"

INTAKE_FILE = pa.schema(
    {
        "file_id": pa.string(),
        "department": pa.string(),
        "feed": pa.string(),
        "file_name": pa.string(),
        "sha256": pa.string(),
        "received_at": pa.timestamp("us", tz="UTC"),
        "encoding": pa.string(),
        "sheet": pa.string(),
        "rows_read": pa.int64(),
        "rows_accepted": pa.int64(),
        "rows_quarantined": pa.int64(),
        "rows_left_out": pa.int64(),
        "status": pa.string(),
        "reason": pa.string(),
    }
)
INTAKE_FAULT = pa.schema(
    {
        "department": pa.string(),
        "feed": pa.string(),
        "file_name": pa.string(),
        "sheet": pa.string(),
        "row": pa.int64(),
        "row_key": pa.string(),
        "column_name": pa.string(),
        "label": pa.string(),
        "cell": pa.string(),
        "value": pa.string(),
        "fault": pa.string(),
        "reason": pa.string(),
        "remedy": pa.string(),
    }
)
INTAKE_DUPLICATE = pa.schema(
    {
        "feed": pa.string(),
        "row_key_values": pa.string(),
        "kind": pa.string(),
        "rows": pa.int64(),
        "places": pa.string(),
    }
)


@dataclass
class FileOutcome:
    """What became of one file. `status` is accepted, partly_accepted or rejected; `message` is Chinese."""

    department: str
    feed: str
    file_name: str
    sha256: str | None
    received_at: dt.datetime
    status: str = "accepted"
    message: str = ""
    encoding: str | None = None
    sheet: str | None = None
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_left_out: int = 0

    @property
    def file_id(self) -> str:
        return f"{self.department}/{self.file_name}"


@dataclass(frozen=True)
class IntakeResult:
    """What became of every file of one year."""

    year: int
    files: list[FileOutcome] = field(default_factory=list)


@dataclass
class _Reading:
    """A file on its way through."""

    drop: Drop
    outcome: FileOutcome
    raw: RawFile | None = None

    def reject(self, refused: RefusalError) -> None:
        self.outcome.status = "rejected"
        self.outcome.message = f"{refused.reason}{refused.remedy}"


def run_intake(
    *,
    year: int,
    inbox: Path,
    home: Path,
    contract: Contract,
    counties: Mapping[str, str],
    retired: Mapping[str, tuple[str, str, str]],
) -> IntakeResult:
    """Read what the departments dropped for `year`, write receipts and land the rows.

    `counties`: the codes that exist → name; `retired`: a code no longer in force → (its name, successor's code,
    successor's name). Lands one table per feed of the contract, and `intake_file`, `intake_fault`,
    `intake_duplicate`, each replaced whole.
    """
    context = Context(counties, retired, _unit_names(contract))
    labels = {name: Labels(feed, contract.units) for name, feed in contract.feeds.items()}
    archive, landing = home / "archive", home / "landing"
    archive.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)

    with WorkbookReader() as workbooks, ThreadPoolExecutor() as pool:
        drops = list_drops(inbox, year, contract)
        if any(drop.path.suffix.lower() != ".csv" for drop in drops):
            workbooks.start()
        readings = [_take_in(drop, archive, contract, now) for drop in drops]
        readers = {
            name: FeedReader(feed, {"counties": counties}, pool) for name, feed in contract.feeds.items()
        }
        by_feed: dict[str, list[_Reading]] = {name: [] for name in contract.feeds}
        for reading in readings:
            feed = reading.drop.feed
            if reading.outcome.status == "rejected" or feed is None:
                continue
            assert reading.outcome.sha256 is not None
            try:
                reading.raw = _read(archive / reading.outcome.sha256, reading.drop, labels[feed.name], workbooks)
            except RefusalError as refused:
                reading.reject(refused)
                continue
            files = by_feed[feed.name]
            readers[feed.name].add(len(files), reading.raw)
            reading.raw.tables = []
            files.append(reading)
        fault_parts, duplicate_rows = [], []
        for name, reader in readers.items():
            rows = reader.finish()
            files = by_feed[name]
            _settle(rows, files)
            land(landing, name, year, _landed(rows, files))
            fault_parts.append(_fault_table(rows, files, context))
            duplicate_rows += _duplicate_rows(rows, files)
    land(landing, "intake_fault", year, pa.concat_tables(fault_parts))
    land(landing, "intake_duplicate", year, pa.Table.from_pylist(duplicate_rows, INTAKE_DUPLICATE))
    outcomes = [reading.outcome for reading in readings]
    land(landing, "intake_file", year, _file_table(outcomes))
    return IntakeResult(year, outcomes)


def _unit_names(contract: Contract) -> dict[str, str]:
    names: dict[str, str] = {}
    for spelling, unit in contract.units.items():
        names.setdefault(unit.name, spelling)
    return names


def _take_in(drop: Drop, archive: Path, contract: Contract, now: dt.datetime) -> _Reading:
    """Archive the file and judge it from outside."""
    reading = _Reading(
        drop,
        FileOutcome(
            department=drop.department,
            feed=drop.feed.name if drop.feed else UNKNOWN_FEED,
            file_name=drop.name,
            sha256=archive_file(drop.path, archive) if drop.regular else None,
            received_at=now,
        ),
    )
    if refused := drop.refusal(contract):
        reading.reject(refused)
    return reading


def _read(archived: Path, drop: Drop, labels: Labels, workbooks: WorkbookReader) -> RawFile:
    if drop.path.suffix.lower() == ".csv":
        return read_csv(archived, labels)
    return workbooks.read(archived, labels)


def _settle(rows: FeedRows, files: list[_Reading]) -> None:
    """Write the counts and the verdict into every file's outcome."""
    for reading, counts in zip(files, rows.counts(len(files)), strict=True):
        outcome, raw = reading.outcome, reading.raw
        assert raw is not None
        outcome.encoding, outcome.sheet = raw.encoding, raw.sheet
        outcome.rows_read = int(counts.sum())
        outcome.rows_accepted = int(counts[ACCEPTED])
        outcome.rows_quarantined = int(counts[list(QUARANTINED)].sum())
        outcome.rows_left_out = int(counts[list(LEFT_OUT)].sum())
        if outcome.rows_quarantined:
            outcome.status = "partly_accepted"
            outcome.message = f"{outcome.rows_quarantined}行有问题，未受理。"


def _landed(rows: FeedRows, files: list[_Reading]) -> pa.Table:
    """The accepted rows as they land: contract columns, then where each came from."""
    table = rows.accepted
    columns = {name: table[name] for name in rows.feed.columns}
    columns |= _sources(table, files)
    schema = {name: TYPES[column.type] for name, column in rows.feed.columns.items()}
    schema |= {
        "source_file": pa.string(),
        "source_sheet": pa.string(),
        "source_row": pa.int64(),
        "source_row_key": pa.string(),
    }
    return pa.table(columns).cast(pa.schema(schema))


def _sources(table: pa.Table, files: list[_Reading]) -> dict[str, pa.ChunkedArray]:
    """Where each row of `table` (with file and row) came from."""
    at = table[FILE]
    raws = [reading.raw for reading in files]
    name = pa.array([reading.drop.name for reading in files], pa.string())
    sheet = pa.array([raw.sheet if raw else None for raw in raws], pa.string())
    prefix = pa.array([f"{raw.sheet}!" if raw and raw.several_sheets else "" for raw in raws], pa.string())
    return {
        "source_file": pc.take(name, at),
        "source_sheet": pc.take(sheet, at),
        "source_row": table[ROW],
        "source_row_key": pc.binary_join_element_wise(pc.take(prefix, at), table[ROW].cast(pa.string()), ""),
    }


def _fault_table(rows: FeedRows, files: list[_Reading], context: Context) -> pa.Table:
    """One row per faulty cell, with its sentences."""
    feed = rows.feed
    columns, codes = list(feed.columns.values()), list(FAULTS)
    found = rows.faults.sort_by([(FILE, "ascending"), (ROW, "ascending"), ("column", "ascending")])
    records = []
    for fault in found.to_pylist():
        reading = files[fault[FILE]]
        raw = reading.raw
        assert raw is not None
        column, row = columns[fault["column"]], fault[ROW]
        place = raw.place_of.get(column.name)
        cell = None if place is None else cell_address(row, place)
        code = codes[fault["fault"] - 1]
        sheet = raw.sheet if raw.several_sheets else None
        reason, remedy = sentence(code, column, fault["value"], Place(row, cell, sheet), context)
        records.append(
            {
                "department": feed.department,
                "feed": feed.name,
                "file_name": reading.drop.name,
                "sheet": raw.sheet,
                "row": row,
                "row_key": f"{sheet}!{row}" if sheet else str(row),
                "column_name": column.name,
                "label": column.label,
                "cell": cell,
                "value": fault["value"],
                "fault": code,
                "reason": reason,
                "remedy": remedy,
            }
        )
    return pa.Table.from_pylist(records, INTAKE_FAULT)


def _duplicate_rows(rows: FeedRows, files: list[_Reading]) -> list[dict[str, object]]:
    return [
        {
            "feed": rows.feed.name,
            "row_key_values": "/".join(duplicate.key),
            "kind": duplicate.kind,
            "rows": len(duplicate.places),
            "places": "; ".join(f"{files[file].drop.name} 第{row}行" for file, row in duplicate.places),
        }
        for duplicate in rows.duplicates
    ]


def _file_table(outcomes: list[FileOutcome]) -> pa.Table:
    records = [
        {
            **{name: getattr(outcome, name) for name in INTAKE_FILE.names if name != "reason"},
            "reason": None if outcome.status == "accepted" else outcome.message,
        }
        for outcome in outcomes
    ]
    return pa.Table.from_pylist(records, INTAKE_FILE)


