"""One intake: every file of a year archived, read against the contract, answered with a receipt, and landed.

Belongs here: the order of the steps. Does not: any of the steps.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake import feed_rows, receipts, tables
from orchestration.intake.archive import archive_file
from orchestration.intake.changes import Changes, compare
from orchestration.intake.contract import Contract, Feed
from orchestration.intake.csv_file import read_csv
from orchestration.intake.faults import Context
from orchestration.intake.feed_rows import FILE, LISTED, STATE, Duplicate, FeedReader, FeedRows
from orchestration.intake.header import Labels
from orchestration.intake.inbox import Drop, fingerprint, list_drops, notices
from orchestration.intake.outcome import (
    PARTLY_ACCEPTED,
    REJECTED,
    UNKNOWN_FEED,
    WITHDRAWN,
    CellFault,
    FileOutcome,
    IntakeResult,
)
from orchestration.intake.raw import ROW, Flaw, RawFile, column_letters, rows_named
from orchestration.intake.receipts import Amount, Receipt
from orchestration.intake.refusal import RefusalError
from orchestration.intake.tables import ReadFile
from orchestration.intake.versions import Ledger, Version
from orchestration.intake.worker import WorkbookReader
from orchestration.landing import land

_Workbook = tuple[RawFile, pa.Table, list[Flaw]]


@dataclass
class _File:
    """A file on its way through. `seen` is this content, if it is not new; `former` the version in force
    before; `raw` what was read of the version in force now."""

    drop: Drop
    outcome: FileOutcome
    seen: Version | None
    former: Version | None
    workbook: Future[_Workbook] | None = None
    refused: RefusalError | None = None
    raw: RawFile | None = None
    receipt: Receipt | None = None

    @property
    def replaces(self) -> str | None:
        """The content that this one took the place of, now or when it first came into force."""
        if self.former and self.former.sha256 != self.outcome.sha256:
            return self.former.sha256
        return self.seen.replaces if self.seen and self.seen.in_force else None

    def refuse(self, refused: RefusalError) -> None:
        self.refused = refused
        self.outcome.status = REJECTED
        self.outcome.message = refused.reason + refused.remedy


@dataclass
class _Intake:
    """What the steps of one intake share."""

    year: int
    home: Path
    contract: Contract
    references: Mapping[str, Mapping[str, str]]
    context: Context
    workbooks: WorkbookReader
    conversions: ThreadPoolExecutor
    lane: ThreadPoolExecutor  # of one thread: the child process reads one workbook at a time
    labels: dict[str, Labels] = field(default_factory=dict)

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    def receipts_of(self, outcome: FileOutcome) -> Path:
        return self.home / "receipts" / outcome.department / str(self.year)

    def reader(self, feed: Feed) -> FeedReader:
        return FeedReader(feed, self.references, self.conversions)


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

    `counties`: the codes that exist → name. `retired`: a code no longer in force → (its name, its successor's
    code and name). Lands one table per feed of the contract, `intake_file`, `intake_fault`,
    `intake_duplicate` and `intake_version`, each replaced whole. A file that cannot be read is an outcome,
    never an exception.
    """
    landing = home / "landing"
    (home / "archive").mkdir(parents=True, exist_ok=True)
    ledger = Ledger.load(landing, year)
    with ExitStack() as stack:
        workbooks = stack.enter_context(WorkbookReader())
        intake = _Intake(
            year=year,
            home=home,
            contract=contract,
            references={"counties": counties},
            context=Context(counties, retired, contract.unit_names),
            workbooks=workbooks,
            conversions=stack.enter_context(ThreadPoolExecutor(os.cpu_count())),
            lane=stack.enter_context(ThreadPoolExecutor(max_workers=1)),
            labels={name: Labels(feed, contract.units) for name, feed in contract.feeds.items()},
        )
        drops = list_drops(inbox, year, contract)
        if any(drop.suffix in (".xlsx", ".xls") for drop in drops):
            workbooks.start()
        files = _take_in(intake, drops, ledger)
        by_feed = _read_all(intake, files)
        parts = [_land_feed(intake, landing, *found) for found in by_feed]
    land(landing, "intake_fault", year, pa.concat_tables(faults for faults, _ in parts))
    land(landing, "intake_duplicate", year, pa.concat_tables(duplicates for _, duplicates in parts))
    taken = [file.drop for file in files]
    file_table = tables.file_table((file.outcome for file in files), fingerprint(taken))
    land(landing, "intake_file", year, file_table)

    withdrawn = [
        _withdrawn(version) for version in ledger.withdraw_all_but({file.drop.file_id for file in files})
    ]
    for file in files:
        _write_receipt(intake, file)
        _record(ledger, file)
    for outcome in withdrawn:
        _write_withdrawal(intake, outcome)
    ledger.save(landing, year)
    said = [f"{d.department}/{year}/{d.name} 正在变化，暂不读取。" for d in drops if d not in taken]
    return IntakeResult(
        year, [file.outcome for file in files], withdrawn, [*notices(inbox, year, contract), *said]
    )


def _take_in(intake: _Intake, drops: Sequence[Drop], ledger: Ledger) -> list[_File]:
    """Archive every file before anything looks into it, and set the child process to read the workbooks."""
    now = dt.datetime.now(dt.UTC)
    files = []
    for drop in drops:
        sha256 = archive_file(drop.path, intake.archive) if drop.regular else None
        seen, former = ledger.find(drop.file_id, sha256), ledger.in_force(drop.file_id)
        if drop.regular and drop.has_moved():
            if former is None:
                continue
            sha256, seen = former.sha256, former  # somebody is copying the next version over it
        outcome = FileOutcome(
            department=drop.department,
            feed=drop.feed.name if drop.feed else UNKNOWN_FEED,
            file_name=drop.name,
            sha256=sha256,
            received_at=seen.received_at if seen else now,
        )
        file = _File(drop, outcome, seen, former)
        files.append(file)
        if refused := drop.refusal(intake.contract):
            file.refuse(refused)
        elif drop.suffix != ".csv":
            file.workbook = _read_workbook(intake, drop, sha256)
    return files


def _read_workbook(intake: _Intake, drop: Drop, sha256: str | None) -> Future[_Workbook]:
    assert drop.feed is not None
    assert sha256 is not None
    path, labels = intake.archive / sha256, intake.labels[drop.feed.name]
    return intake.lane.submit(intake.workbooks.read, path, drop.suffix, labels)


def _read_all(intake: _Intake, files: Sequence[_File]) -> Iterator[tuple[FeedRows, list[_File]]]:
    """Read every file into its feed; yields the feeds of the contract with their files, in order of name."""
    by_feed: dict[str, list[_File]] = {name: [] for name in intake.contract.feeds}
    for file in files:
        feed = file.drop.feed
        if feed and feed.department == file.drop.department:
            by_feed[feed.name].append(file)
    readers = {name: intake.reader(feed) for name, feed in intake.contract.feeds.items()}
    # CSV files first: this process reads them while the other one reads the workbooks
    for is_workbook in (False, True):
        for name, found in by_feed.items():
            for number, file in enumerate(found):
                if (file.drop.suffix != ".csv") == is_workbook:
                    _read_file(intake, readers[name], number, file)
    for name, found in by_feed.items():
        yield readers[name].finish(), found


def _read_file(intake: _Intake, reader: FeedReader, number: int, file: _File) -> None:
    """Read one file; where it is refused, the version accepted before."""
    if file.refused is None:
        try:
            file.raw = _read_version(intake, reader, number, file.drop, file.outcome.sha256, file.workbook)
            file.outcome.in_force = file.outcome.sha256
            return
        except RefusalError as refused:
            file.refuse(refused)
    if file.former is not None:
        try:
            file.raw = _read_version(intake, reader, number, file.drop, file.former.sha256)
            file.outcome.in_force = file.former.sha256
        except (RefusalError, FileNotFoundError):
            pass  # the contract has changed since, or the archive was cleared: nothing is in force


def _read_version(
    intake: _Intake,
    reader: FeedReader,
    number: int,
    drop: Drop,
    sha256: str | None,
    workbook: Future[_Workbook] | None = None,
) -> RawFile:
    """Read one content of a file from the archive, as file `number` of `reader`."""
    assert drop.feed is not None
    assert sha256 is not None
    with reader.file(number) as sink:
        if drop.suffix == ".csv":
            return read_csv(intake.archive / sha256, intake.labels[drop.feed.name], sink)
        raw, table, flaws = (workbook or _read_workbook(intake, drop, sha256)).result()
        sink.add(table, flaws)
        return raw


def _land_feed(
    intake: _Intake, landing: Path, rows: FeedRows, files: Sequence[_File]
) -> tuple[pa.Table, pa.Table]:
    """Land a feed and settle its files; returns its part of the fault and of the duplicate table."""
    read = [ReadFile(file.drop.name, file.raw or RawFile({}, 0)) for file in files]
    landed = intake.conversions.submit(
        land, landing, rows.feed.name, intake.year, tables.feed_table(rows, read)
    )
    faults = tables.fault_table(rows, read, intake.context)
    if files:
        _settle(intake, rows, files, read)
    landed.result()
    return faults, tables.duplicate_table(rows, read)


def _settle(intake: _Intake, rows: FeedRows, files: Sequence[_File], read: Sequence[ReadFile]) -> None:
    """Write the counts, the verdict and the receipt of every file of a feed."""
    feed = rows.feed
    amounts = _amounts(intake, rows)
    conflicts, remarks = _about_rows(rows, read)
    fault_files = rows.faults[FILE].to_numpy()
    for number, (file, counts) in enumerate(zip(files, rows.counts(len(files)), strict=True)):
        outcome, raw = file.outcome, file.raw
        if raw is None:
            continue
        outcome.encoding, outcome.sheet = raw.encoding, raw.sheet
        outcome.rows_read = int(counts.sum())
        outcome.rows_accepted = int(counts[feed_rows.ACCEPTED])
        outcome.rows_quarantined = int(counts[list(feed_rows.QUARANTINED)].sum())
        outcome.rows_left_out = int(counts[list(feed_rows.LEFT_OUT)].sum())
        if outcome.status == REJECTED:
            continue
        first, last = np.searchsorted(fault_files, [number, number + 1])
        found = rows.faults.slice(first, min(last - first, LISTED))
        faults = [*tables.cell_faults(rows, found, read, intake.context), *conflicts.get(number, [])]
        outcome.faults = sorted(faults, key=lambda fault: fault.row)[:LISTED]
        if outcome.rows_quarantined:
            outcome.status = PARTLY_ACCEPTED
            outcome.message = f"{outcome.rows_quarantined}行未受理；首处：{outcome.faults[0].reason}"
        replaces, changes = _changes(intake, rows, number, file)
        file.receipt = Receipt(
            outcome=outcome,
            department_zh=intake.contract.departments[outcome.department],
            feed_zh=feed.label,
            year=intake.year,
            header_row=raw.header_row,
            left_out={
                "total_lines": int(counts[feed_rows.TOTAL]),
                "example_rows": int(counts[feed_rows.EXAMPLE_ROW]),
                "unfilled_rows": int(counts[feed_rows.UNFILLED]),
                "repeated_rows": int(counts[feed_rows.REPEATED]),
            },
            amounts=amounts.get(number, ()),
            ignored=raw.ignored,
            remarks=[*raw.remarks, *remarks.get(number, [])],
            fault_cells=int(last - first),
            conflicts=int(counts[feed_rows.CONFLICT]),
            replaces=replaces,
            changes=changes,
            labels=[column.label for column in feed.columns.values()],
            faulty_rows=_faulty_rows(rows, number) if outcome.rows_quarantined else (),
        )


def _amounts(intake: _Intake, rows: FeedRows) -> dict[int, list[Amount]]:
    """The control totals of every file: the sum of each number column, by what became of its rows."""
    sums: dict[int, dict[int, dict[str, float]]] = {}
    for found in rows.amounts().to_pylist():
        sums.setdefault(found[FILE], {})[found[STATE]] = found

    def total(number: int, column: str, states: Iterable[int]) -> float:
        found = sums[number]
        return sum((found[state][f"{column}_sum"] or 0 for state in states if state in found), 0.0)

    return {
        number: [
            Amount(
                column=column.name,
                label=column.label,
                unit=intake.context.unit_zh.get(column.unit or ""),
                read=total(number, column.name, feed_rows.STATES),
                accepted=total(number, column.name, [feed_rows.ACCEPTED]),
                quarantined=total(number, column.name, feed_rows.QUARANTINED),
                left_out=total(number, column.name, feed_rows.LEFT_OUT),
            )
            for column in rows.feed.columns.values()
            if column.type in ("number", "integer")
        ]
        for number in sums
    }


def _about_rows(
    rows: FeedRows, read: Sequence[ReadFile]
) -> tuple[dict[int, list[CellFault]], dict[int, list[str]]]:
    """By file: its rows in conflict with others, and remarks on rows that were left out."""
    conflicts: dict[int, list[CellFault]] = {}
    remarks: dict[int, list[str]] = {}
    unfilled = rows.feed.columns[rows.feed.unfilled_without].label if rows.feed.unfilled_without else ""
    for state, words in (
        (feed_rows.TOTAL, "是合计行"),
        (feed_rows.EXAMPLE_ROW, "是模板示例行"),
        (feed_rows.UNFILLED, f"没有填写「{unfilled}」"),
    ):
        found = rows.rows.select([FILE, ROW]).filter(pc.equal(rows.rows[STATE], state))
        numbers: dict[int, list[int]] = {}
        for file, row in zip(found[FILE].to_pylist(), found[ROW].to_pylist(), strict=True):
            numbers.setdefault(file, []).append(row)
        for file, at in numbers.items():
            remarks.setdefault(file, []).append(f"{rows_named(at)}{words}，不计入。")
    labels = "、".join(f"「{rows.feed.columns[name].label}」" for name in rows.feed.key)
    for duplicate in rows.duplicates:
        said = f"{labels}（{'/'.join(duplicate.key)}）"
        for file, row in duplicate.places:
            if duplicate.kind == "conflict":
                if len(conflicts.setdefault(file, [])) < LISTED:
                    conflicts[file].append(_conflict(rows.feed, duplicate, read, file, row, said))
            elif (file, row) != duplicate.places[0] and len(remarks.setdefault(file, [])) < LISTED:
                first = tables.places_named(duplicate.places[:1], read)
                remarks[file].append(f"第{row}行与{first}完全相同，只计一次：{said}。")
    return conflicts, remarks


def _conflict(
    feed: Feed, duplicate: Duplicate, read: Sequence[ReadFile], file: int, row: int, said: str
) -> CellFault:
    """A row that shares its key with others and differs from them, as a fault of its first key cell."""
    key, raw = feed.columns[feed.key[0]], read[file].raw
    others = [place for place in duplicate.places[: tables.PLACES_NAMED] if place != (file, row)]
    place = raw.place_of.get(key.name)
    return CellFault(
        row=row,
        row_key=read[file].row_key(row),
        column=key.name,
        label=key.label,
        cell=None if place is None else f"{column_letters(place)}{row}",
        value=duplicate.key[0],
        fault="conflict",
        reason=f"第{row}行与 {tables.places_named(others, read)} 的{said}相同而内容不同，各行均未受理。",
        remedy="请核对以哪一行为准，只保留一行；其余各行从文件中删除。",
    )


def _faulty_rows(rows: FeedRows, number: int) -> list[tuple[int, list[str]]]:
    """The first quarantined rows of one file, in order: as delivered; those in conflict as read."""
    names = list(rows.feed.columns)
    faulty = rows.faulty_cells.filter(pc.equal(rows.faulty_cells[FILE], number)).slice(0, LISTED)
    in_conflict = pc.and_(pc.equal(rows.rows[FILE], number), pc.equal(rows.rows[STATE], feed_rows.CONFLICT))
    conflict = rows.rows.filter(in_conflict).slice(0, LISTED)
    found = list(zip(faulty[ROW].to_pylist(), _cells(faulty, names), strict=True))
    found += zip(conflict[ROW].to_pylist(), _cells(conflict, names), strict=True)
    return sorted(found)[:LISTED]


def _cells(table: pa.Table, names: Sequence[str]) -> list[list[str]]:
    """Rows as text, null as nothing."""
    columns = [pc.fill_null(pc.cast(table[name], pa.string()), "").to_pylist() for name in names]
    return [list(row) for row in zip(*columns, strict=True)]


def _changes(intake: _Intake, rows: FeedRows, number: int, file: _File) -> tuple[str | None, Changes | None]:
    """The version that this one replaced, and what that changed (once told, it is in the receipt)."""
    outcome, replaces = file.outcome, file.replaces
    if replaces is None:
        return None, None
    told = receipts.told_changes(intake.receipts_of(outcome), outcome, replaces)
    if told is not None:
        return replaces, told
    reader = intake.reader(rows.feed)
    try:
        _read_version(intake, reader, 0, file.drop, replaces)
    except (RefusalError, FileNotFoundError):
        return replaces, None
    return replaces, compare(rows.feed, reader.finish().read_cleanly(0), rows.read_cleanly(number))


def _write_receipt(intake: _Intake, file: _File) -> None:
    outcome, refused = file.outcome, file.refused
    receipt = file.receipt or Receipt(
        outcome=outcome,
        department_zh=intake.contract.departments[outcome.department],
        feed_zh=file.drop.feed.label if file.drop.feed else None,
        year=intake.year,
    )
    if refused:
        receipt.reason, receipt.remedy = refused.reason, refused.remedy
        if outcome.in_force and file.former:
            received = file.former.received_at.astimezone().strftime("%Y-%m-%d %H:%M")
            receipt.remarks = [f"{received} 收到的上一版本继续有效，其中{outcome.rows_accepted:,}行已受理。"]
    receipts.write_receipt(intake.receipts_of(outcome), receipt)


def _write_withdrawal(intake: _Intake, outcome: FileOutcome) -> None:
    feed = intake.contract.feeds.get(outcome.feed)
    receipt = Receipt(
        outcome=outcome,
        department_zh=intake.contract.departments[outcome.department],
        feed_zh=feed.label if feed else None,
        year=intake.year,
        reason=outcome.message,
    )
    receipts.write_receipt(intake.receipts_of(outcome), receipt)


def _withdrawn(version: Version) -> FileOutcome:
    return FileOutcome(
        department=version.department,
        feed=version.feed,
        file_name=version.file_name,
        sha256=version.sha256,
        received_at=version.received_at,
        status=WITHDRAWN,
        message="文件已从文件夹中取走，其中的数据不再计入。",
    )


def _record(ledger: Ledger, file: _File) -> None:
    outcome = file.outcome
    version = Version(
        department=outcome.department,
        feed=outcome.feed,
        file_name=outcome.file_name,
        sha256=outcome.sha256,
        received_at=outcome.received_at,
        status=outcome.status,
        in_force=False,
        present=True,
        replaces=file.replaces if outcome.status != REJECTED else None,
    )
    ledger.record(version, outcome.in_force)
