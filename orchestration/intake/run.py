"""One intake: every file of a year archived, read against the contract, answered with a receipt, and landed.

Belongs here: the order of the steps. Does not: any of the steps.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from orchestration.intake import receipts, tables
from orchestration.intake.archive import archive_file
from orchestration.intake.changes import Changes, compare
from orchestration.intake.contract import Contract, Feed
from orchestration.intake.csv_file import read_csv
from orchestration.intake.faults import Context
from orchestration.intake.feed_rows import FeedReader, FeedRows
from orchestration.intake.header import Labels
from orchestration.intake.inbox import Drop, fingerprint, list_drops, notices
from orchestration.intake.outcome import (
    REJECTED,
    UNKNOWN_FEED,
    WITHDRAWN,
    FileOutcome,
    IntakeResult,
)
from orchestration.intake.raw import Flaw, RawFile
from orchestration.intake.receipts import Receipt
from orchestration.intake.refusal import RefusalError
from orchestration.intake.settlement import settle
from orchestration.intake.tables import ReadFile
from orchestration.intake.versions import Ledger, Version
from orchestration.intake.worker import WorkbookReader
from orchestration.landing import land

_JUST_CHANGED = 2.0  # seconds
_WATCHED = 0.2
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
    code and name). Lands one table per feed of the contract, `intake_file`, `intake_column`, `intake_fault`,
    `intake_duplicate` and `intake_version`, each replaced whole. A file that cannot be read is an outcome,
    never an exception.
    """
    contract = contract.for_year(year)
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
        if any(drop.changed_ns > (time.time() - _JUST_CHANGED) * 1e9 for drop in drops):
            time.sleep(_WATCHED)  # long enough to see by size or time that a file is still being copied
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
    read = [(file.outcome, file.raw) for file in files if file.raw]
    land(landing, "intake_column", year, tables.column_table(read))

    withdrawn = [_withdrawn(version) for version in ledger.withdraw_all_but({drop.file_id for drop in drops})]
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
    archived = [_archive(intake, drop) for drop in drops]
    files = []
    for drop, (sha256, unreadable) in zip(drops, archived, strict=True):
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
        if refused := unreadable or drop.refusal(intake.contract):
            file.refuse(refused)
        elif drop.suffix != ".csv":
            file.workbook = _read_workbook(intake, drop, sha256)
    return files


def _archive(intake: _Intake, drop: Drop) -> tuple[str | None, RefusalError | None]:
    """The SHA-256 of a file, now in the archive; or why it is not there."""
    if not drop.regular:
        return None, None
    try:
        return archive_file(drop.path, intake.archive), None
    except FileNotFoundError:  # taken out since it was listed
        return None, None
    except PermissionError:
        return None, RefusalError("没有读取该文件的权限。", "请检查文件的权限后重新放入。")


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
    outcomes = [file.outcome for file in files]
    drawn = settle(rows, read, outcomes, intake.contract, intake.context, intake.year)
    for number, (file, receipt) in enumerate(zip(files, drawn, strict=True)):
        if receipt and (replaces := file.replaces):
            receipt.replaces = replaces
            receipt.changes = _changes(intake, rows, number, file, replaces)
        file.receipt = receipt
    landed.result()
    return faults, tables.duplicate_table(rows, read)


def _changes(intake: _Intake, rows: FeedRows, number: int, file: _File, replaces: str) -> Changes | None:
    """What the new version of a file changed (once told, it is in the receipt); None if it cannot be told."""
    told = receipts.told_changes(intake.receipts_of(file.outcome), file.outcome, replaces)
    if told is not None:
        return told
    reader = intake.reader(rows.feed)
    try:
        _read_version(intake, reader, 0, file.drop, replaces)
    except (RefusalError, FileNotFoundError):
        return None
    return compare(rows.feed, reader.finish().read_cleanly(0), rows.read_cleanly(number))


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
