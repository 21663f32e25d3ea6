"""The tables that an intake lands, beside the ledger (`versions`): one per feed, and those about the files.

Belongs here: their columns, and building them. Does not: writing them (`orchestration.landing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from expectations.names import plain_name
from orchestration.intake.faults import FAULTS, Context, Place, sentence, shown_name
from orchestration.intake.feed_rows import FILE, FeedRows
from orchestration.intake.outcome import ACCEPTED, CellFault, FileOutcome
from orchestration.intake.raw import ROW, RawFile, column_letters
from orchestration.intake.values import TYPES

SOURCE = pa.schema(
    {
        "source_file": pa.string(),
        "source_sheet": pa.string(),  # null for a CSV
        "source_row": pa.int64(),  # Excel's row number
        "source_row_key": pa.string(),  # `2`, or `sheet!2` where more than one sheet is not empty
    }
)
INTAKE_FILE = pa.schema(
    {
        "file_id": pa.string(),  # <department>/<file name>
        "department": pa.string(),
        "feed": pa.string(),  # `unknown` where the name tells none
        "file_name": pa.string(),
        "sha256": pa.string(),  # of what lies in the folder; null where it is no regular file
        "account": pa.string(),  # whose file it is
        "received_at": pa.timestamp("us", tz="UTC"),  # when this content was first seen under this name
        "encoding": pa.string(),
        "sheet": pa.string(),
        "rows_read": pa.int64(),  # this and the next three: of the version in force
        "rows_accepted": pa.int64(),
        "rows_quarantined": pa.int64(),
        "rows_left_out": pa.int64(),
        "status": pa.string(),  # accepted, partly_accepted, rejected
        "reason": pa.string(),  # Chinese; null where accepted
        "in_force": pa.string(),  # SHA-256 of the version whose rows count; null where there is none
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
        "uscc": pa.string(),  # of the key; null where it names no enterprise
        "kind": pa.string(),  # conflict (INT-03) or repeated (INT-05)
        "rows": pa.int64(),
        "places": pa.string(),
    }
)
INTAKE_COLUMN = pa.schema(
    {
        "feed": pa.string(),
        "file_name": pa.string(),
        "sheet": pa.string(),  # null for a CSV
        "column_name": pa.string(),
        "letter": pa.string(),  # Excel's, also for a CSV: that is what it is opened with
    }
)
INTAKE_NAME = pa.schema(
    {
        "name": pa.string(),  # as a department writes it
        "plain_name": pa.string(),  # as it is compared
    }
)
INBOX = b"inbox"  # key of the metadata of `intake_file`: what lay in the inbox when it was read
PLACES_NAMED = 20
_SENTENCES_AT_ONCE = 10_000


@dataclass(frozen=True)
class ReadFile:
    """One file (of a workbook: one sheet) whose rows are part of a feed."""

    name: str
    raw: RawFile
    number: int  # of the file among those of the feed

    @property
    def row_prefix(self) -> str:
        """What findings put before a row's number."""
        return f"{self.raw.sheet}!" if self.raw.several_sheets else ""

    @property
    def sheet_named(self) -> str:
        """The sheet in words, where a row alone does not tell the place."""
        return f"工作表“{shown_name(self.raw.sheet or '')}”" if self.raw.several_sheets else ""


def feed_schema(rows: FeedRows) -> pa.Schema:
    """The columns that a feed lands with."""
    fields = [pa.field(name, TYPES[column.type]) for name, column in rows.feed.every_column.items()]
    return pa.schema([*fields, *SOURCE])


def feed_table(rows: FeedRows, files: Sequence[ReadFile]) -> pa.Table:
    """The accepted rows of a feed: the contract's columns, then where each row came from."""
    accepted = rows.accepted
    at, number = accepted[FILE], accepted[ROW]
    name = pa.array([file.name for file in files], pa.string())
    sheet = pa.array([file.raw.sheet for file in files], pa.string())
    prefix = pa.array([file.row_prefix for file in files], pa.string())
    columns = [
        accepted[name] if name in rows.feed.columns else pa.nulls(len(accepted), TYPES[column.type])
        for name, column in rows.feed.every_column.items()
    ]
    columns += [
        pc.take(name, at),
        pc.take(sheet, at),
        number,
        pc.binary_join_element_wise(pc.take(prefix, at), pc.cast(number, pa.string()), ""),
    ]
    return pa.table(columns, schema=feed_schema(rows))


def cell_faults(
    rows: FeedRows, found: pa.Table, files: Sequence[ReadFile], context: Context
) -> Iterable[CellFault]:
    """The sentences for `found`, a part of the feed's faults."""
    columns, codes = list(rows.feed.columns.values()), list(FAULTS)
    for fault in found.to_pylist():
        file, row, column = files[fault[FILE]], fault[ROW], columns[fault["column"]]
        place = file.raw.place_of.get(column.name)
        cell = None if place is None else f"{column_letters(place)}{row}"
        code = codes[fault["fault"] - 1]
        sheet = file.raw.sheet if file.raw.several_sheets else None
        reason, remedy = sentence(code, column, fault["value"], Place(row, cell, sheet), context)
        yield CellFault(
            row=row,
            row_key=f"{file.row_prefix}{row}",
            column=column.name,
            label=column.label,
            sheet=file.raw.sheet,
            cell=cell,
            value=fault["value"],
            fault=code,
            reason=reason,
            remedy=remedy,
        )


def fault_table(rows: FeedRows, files: Sequence[ReadFile], context: Context) -> pa.Table:
    """One row per faulty cell. Built in pieces: a feed may be faulty in a million cells."""
    feed = rows.feed
    pieces = [INTAKE_FAULT.empty_table()]
    for start in range(0, len(rows.faults), _SENTENCES_AT_ONCE):
        found = rows.faults.slice(start, _SENTENCES_AT_ONCE)
        faults = list(cell_faults(rows, found, files, context))
        named = [files[file] for file in found[FILE].to_pylist()]
        size = len(faults)
        columns = [
            [feed.department] * size,
            [feed.name] * size,
            [file.name for file in named],
            [file.raw.sheet for file in named],
            [fault.row for fault in faults],
            [fault.row_key for fault in faults],
            [fault.column for fault in faults],
            [fault.label for fault in faults],
            [fault.cell for fault in faults],
            [fault.value for fault in faults],
            [fault.fault for fault in faults],
            [fault.reason for fault in faults],
            [fault.remedy for fault in faults],
        ]
        pieces.append(pa.table(columns, schema=INTAKE_FAULT))
    return pa.concat_tables(pieces)


def duplicate_table(rows: FeedRows, files: Sequence[ReadFile]) -> pa.Table:
    """One row per key that several rows of a feed share."""
    found = rows.duplicates
    columns = [
        [rows.feed.name] * len(found),
        ["/".join(duplicate.key) for duplicate in found],
        [dict(zip(rows.feed.key, duplicate.key, strict=True)).get("uscc") for duplicate in found],
        [duplicate.kind for duplicate in found],
        [len(duplicate.places) for duplicate in found],
        [places_named(duplicate.places, files) for duplicate in found],
    ]
    return pa.table(columns, schema=INTAKE_DUPLICATE)


def places_named(places: Sequence[tuple[int, int]], files: Sequence[ReadFile]) -> str:
    """Where rows are, in words."""
    named = "; ".join(
        f"{shown_name(files[file].name)} {files[file].sheet_named}第{row}行"
        for file, row in places[:PLACES_NAMED]
    )
    return named + (f" 等{len(places)}处" if len(places) > PLACES_NAMED else "")


def file_table(outcomes: Iterable[FileOutcome], inbox: str) -> pa.Table:
    """One row per file seen; `inbox` (the fingerprint of what lay there) goes along as metadata."""
    records = [
        {
            **{name: getattr(outcome, name) for name in INTAKE_FILE.names if name != "reason"},
            "reason": None if outcome.status == ACCEPTED else outcome.message,
        }
        for outcome in outcomes
    ]
    return pa.Table.from_pylist(records, INTAKE_FILE).replace_schema_metadata({INBOX: inbox})


def column_table(parts: Iterable[tuple[FileOutcome, RawFile]]) -> pa.Table:
    """One row per column of the contract in each file (of a workbook: each sheet) read: where it stands."""
    records = [
        {
            "feed": outcome.feed,
            "file_name": outcome.file_name,
            "sheet": raw.sheet,
            "column_name": name,
            "letter": column_letters(place),
        }
        for outcome, raw in parts
        for name, place in raw.place_of.items()
    ]
    return pa.Table.from_pylist(records, INTAKE_COLUMN)


def name_table(names: Sequence[str]) -> pa.Table:
    """Each of the names in the form in which the models compare it: no engine is asked for Unicode's forms,
    which not every one knows."""
    return pa.table([names, [plain_name(name) for name in names]], schema=INTAKE_NAME)
