"""One intake: every file of a year archived, read against the contract, answered with a receipt, and landed.

Belongs here: the order of the steps. Does not: any of the steps.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from orchestration.errors import UserError
from orchestration.files import clear_litter
from orchestration.intake import handed_out, receipts, tables
from orchestration.intake.archive import Archive
from orchestration.intake.changes import Changes, compare
from orchestration.intake.contract import Contract, Feed
from orchestration.intake.csv_file import read_csv
from orchestration.intake.due_days import DueDays, day_of, timeliness
from orchestration.intake.faults import Context, shown_name
from orchestration.intake.feed_rows import FeedReader, FeedRows
from orchestration.intake.handed_out import AlteredCell
from orchestration.intake.header import Labels
from orchestration.intake.inbox import (
    CLOSED_FILE,
    CLOSED_FOLDER,
    Drop,
    GoneError,
    MovedError,
    fingerprint,
    list_drops,
    notices,
)
from orchestration.intake.limits import beyond_limits
from orchestration.intake.outcome import (
    REJECTED,
    REPLACED,
    UNKNOWN_FEED,
    WITHDRAWN,
    FileOutcome,
    IntakeResult,
)
from orchestration.intake.raw import Part, RawFile
from orchestration.intake.receipts import Receipt
from orchestration.intake.refusal import RefusalError
from orchestration.intake.settlement import settle
from orchestration.intake.tables import ReadFile
from orchestration.intake.versions import Ledger, Version
from orchestration.intake.withdrawal import check_inbox
from orchestration.intake.worker import WorkbookReader
from orchestration.landing import land, landed
from orchestration.settings import Home, Limits

SECONDS_A_DEPARTMENT = 60.0  # for workbooks that turn out not to be readable
_JUST_CHANGED = 2.0  # seconds
_WATCHED = 0.2
_NO_TIME_LEFT = (
    "本部门已有多个工作簿耗尽时间仍无法读取，为不耽误其他部门，此文件本次未读取。",
    "请先改正或取走本部门被退回的工作簿，再重新运行。",
)
_MOST_SHEETS = 1 << 12  # of one workbook, read together
_FEW_ROWS = 5  # a file of so few may hold nothing but the example of its template
_EMPTIED = (
    "文件里没有数据行，而上一次受理的同名文件有数据。",
    "如是误交了空表，请把填好的文件以原文件名重新提交（覆盖原文件）；"
    "如确实要撤回全部数据，请先把文件从文件夹中取走，等收到“已撤回”的回执。",
)


@dataclass
class _File:
    """A file on its way through. `seen` is this content, if it is not new; `former` the version in force
    before; `parts` what was read of the version in force now, sheet by sheet."""

    drop: Drop
    outcome: FileOutcome
    seen: Version | None
    former: Version | None
    workbook: Future[list[Part]] | None = None
    refused: RefusalError | None = None
    parts: Sequence[RawFile] = ()
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

    def give_way_to(self, successor: _File) -> None:
        """Count a refused file as replaced by one of the same name, extension aside."""
        remedy = (
            f"“{shown_name(successor.drop.name)}”已经受理，代替了本文件；本文件可以从文件夹中删除，不必再改。"
        )
        reason = self.refused.reason if self.refused else ""
        self.refused = RefusalError(reason, remedy)
        self.outcome.status = REPLACED
        self.outcome.message = reason + remedy


@dataclass
class _Intake:
    """What the steps of one intake share."""

    year: int
    home: Home
    archive: Archive
    contract: Contract
    references: Mapping[str, Mapping[str, str]]
    context: Context
    workbooks: WorkbookReader
    conversions: ThreadPoolExecutor
    due: DueDays
    lane: ThreadPoolExecutor  # of one thread: the child process reads one workbook at a time
    labels: dict[str, Labels] = field(default_factory=dict)
    wasted: dict[str, float] = field(default_factory=dict)  # seconds, by department
    said: list[str] = field(default_factory=list)  # notices (Chinese)

    def receipts_of(self, outcome: FileOutcome) -> Path:
        return self.home.receipts / outcome.department / str(self.year)

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
    due: DueDays | None = None,
    withdraw: Collection[str] = (),
    limits: Limits | None = None,
    tell: bool = True,
) -> IntakeResult:
    """Read what the departments dropped for `year`, write receipts and land the rows.

    `counties`: the codes that exist → name. `retired`: a code no longer in force → (its name, its successor's
    code and name). `due`: when each feed is due. `withdraw`: the departments of which a person said that they
    took their files back. `tell`: write receipts; not where what was delivered long ago is read again. Lands
    one table per feed of the contract, `intake_fault`, `intake_duplicate`, `intake_column`, `intake_name`,
    `intake_version` and, last, `intake_file`, each replaced whole. A file that cannot be read is an outcome,
    never an exception.

    UserError where the inbox cannot be taken in (`withdrawal`) or an archived file that is needed is not what
    it was, MachineError where the machine fails; then no table and no receipt was written.
    """
    contract = contract.for_year(year)
    where = Home(home)
    ledger = Ledger.load(where, year)
    listed = list_drops(inbox, year, contract)
    closed = _behind_closed_doors(listed, ledger, contract)
    drops = [*listed, *closed]

    def check(held: Collection[str], gone: Collection[str] = ()) -> None:
        present = {drop.file_id for drop in drops if drop.is_file} - set(gone)
        check_inbox(
            inbox=inbox,
            year=year,
            contract=contract,
            held=held,
            known=bool(ledger),
            present=present,
            withdraw=withdraw,
        )

    check(ledger.held.keys())
    archive = Archive(where.archive)
    archive.open()
    with ExitStack() as stack:
        workbooks = stack.enter_context(WorkbookReader())
        lane = ThreadPoolExecutor(max_workers=1)
        stack.callback(lane.shutdown, cancel_futures=True)
        intake = _Intake(
            year=year,
            home=where,
            archive=archive,
            contract=contract,
            references={"counties": counties},
            context=Context(counties, retired, contract.unit_names),
            workbooks=workbooks,
            conversions=stack.enter_context(ThreadPoolExecutor(os.cpu_count())),
            lane=lane,
            due=due or {},
            labels={name: Labels(feed, contract.units_of_measure) for name, feed in contract.feeds.items()},
        )
        if ledger.rebuilt:
            intake.said.append(f"{year} 年的收件登记无法读取，已根据回执重新建立。")
        if any(drop.changed_ns > (time.time() - _JUST_CHANGED) * 1e9 for drop in drops):
            time.sleep(_WATCHED)  # long enough to see by size or time that a file is still being copied
        if any(drop.suffix in (".xlsx", ".xls") for drop in drops):
            workbooks.start()
        kept = _archive_all(
            intake, drops, beyond_limits(drops, ledger.held, limits or Limits.from_environment()), ledger
        )
        # Once more: what has gone since it was listed went with the share, or is being replaced.
        check(ledger.held.keys() | {drop.file_id for drop in drops if drop.is_file}, kept.gone)
        files = _take_in(intake, drops, kept, ledger)
        by_feed = _read_all(intake, files)
        parts = [_land_feed(intake, where.landing, *found) for found in by_feed]
    land(where.landing, "intake_fault", year, pa.concat_tables(faults for faults, _ in parts))
    land(where.landing, "intake_duplicate", year, pa.concat_tables(duplicates for _, duplicates in parts))
    read = [(file.outcome, raw) for file in files for raw in file.parts]
    land(where.landing, "intake_column", year, tables.column_table(read))
    groups = landed(where.landing, "group_applications", year)
    names = [] if groups is None else groups["group_name"].unique().to_pylist()
    land(where.landing, "intake_name", year, tables.name_table(names))

    withdrawn = [_withdrawn(version) for version in ledger.withdraw_all_but({drop.file_id for drop in drops})]
    for folder in where.receipts.glob(f"*/{year}"):
        clear_litter(folder)
    for file in files:
        _record(ledger, file)
    for file in files if tell else ():
        _write_receipt(intake, file, ledger.first_accepted)
    for outcome in withdrawn if tell else ():
        _write_withdrawal(intake, outcome)
    ledger.save(where, year)
    taken = [file.drop for file in files]
    # Last: it says what lay in the inbox when all of the above was done.
    inbox_then = fingerprint(drop for drop in taken if drop not in closed)
    land(where.landing, "intake_file", year, tables.file_table((file.outcome for file in files), inbox_then))
    moving = [f"{d.department}/{year}/{d.name} 正在变化，暂不读取。" for d in drops if d not in taken]
    return IntakeResult(
        year,
        [file.outcome for file in files],
        withdrawn,
        [*notices(inbox, year, contract), *moving, *intake.said],
        ledger.first_accepted,
    )


def _behind_closed_doors(drops: Sequence[Drop], ledger: Ledger, contract: Contract) -> list[Drop]:
    """The files in force in folders that may not be entered: what was accepted of them stays accepted."""
    closed = {drop.department: drop for drop in drops if drop.barred == CLOSED_FOLDER}
    return [
        replace(
            closed[version.department],
            path=closed[version.department].path / version.file_name,
            name=version.file_name,
            feed=contract.feed_of(version.file_name),
            barred=CLOSED_FILE,
        )
        for version in ledger.held.values()
        if version.department in closed
    ]


@dataclass
class _Kept:
    """What became of the files on their way into the archive, by `file_id`: the SHA-256, or why it was
    refused; `gone` and `moved` since they were listed."""

    sha256: dict[str, str] = field(default_factory=dict)
    refused: dict[str, RefusalError] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)

    def note(self, drop: Drop, copied: Callable[[], str]) -> None:
        """Note what becomes of a file that is being read."""
        try:
            self.sha256[drop.file_id] = copied()
        except GoneError:
            self.gone.add(drop.file_id)
        except MovedError:
            self.moved.add(drop.file_id)
        except PermissionError:
            self.refused[drop.file_id] = RefusalError(*CLOSED_FILE)


def _archive_all(
    intake: _Intake, drops: Sequence[Drop], beyond: Mapping[str, RefusalError], ledger: Ledger
) -> _Kept:
    """Archive every file before anything looks into it; first see that there is room for all of them. What is
    there under a known name is hashed to see whether it is new; under a new name it is taken for new."""
    kept = _Kept(refused=dict(beyond))
    every = [drop for drop in drops if not drop.barred and drop.file_id not in beyond]
    files = [drop for drop in every if ledger.knows(drop.file_id)]
    unseen = [drop for drop in every if not ledger.knows(drop.file_id)]
    for drop in files:
        kept.note(drop, drop.copy)
    states = {sha256: intake.archive.state(sha256) for sha256 in set(kept.sha256.values())}
    sizes = {kept.sha256[drop.file_id]: drop.size for drop in files if drop.file_id in kept.sha256}
    new = {sha256: size for sha256, size in sizes.items() if states[sha256] != "kept"}
    intake.archive.make_room(new | {drop.file_id: drop.size for drop in unseen})
    for drop in unseen:
        kept.note(drop, partial(intake.archive.keep, drop.copy))
    for drop in files:
        sha256 = kept.sha256.get(drop.file_id)
        if sha256 is None or states[sha256] == "kept":
            continue
        if states[sha256] == "altered":
            intake.said.append(f"档案中的 {sha256} 已被改动，已按 {drop.file_id} 恢复原样。")
        del kept.sha256[drop.file_id]
        kept.note(drop, partial(intake.archive.keep, drop.copy))
        states[sha256] = "kept" if kept.sha256.get(drop.file_id) == sha256 else states[sha256]
    return kept


def _take_in(intake: _Intake, drops: Sequence[Drop], kept: _Kept, ledger: Ledger) -> list[_File]:
    """Set the child process to read the workbooks; returns the files that are read now."""
    now = dt.datetime.now(dt.UTC)
    files = []
    for drop in drops:
        refused = kept.refused.get(drop.file_id) or drop.refusal(intake.contract)
        sha256 = kept.sha256.get(drop.file_id)
        seen, former = ledger.find(drop.file_id, sha256), ledger.in_force(drop.file_id)
        is_moving = sha256 is None and drop.file_id not in kept.refused and not drop.barred
        if is_moving or (sha256 is not None and drop.has_moved()):
            if former is None:
                continue
            sha256, seen = former.sha256, former  # somebody is copying the next version over it
        outcome = FileOutcome(
            department=drop.department,
            feed=drop.feed.name if drop.feed else UNKNOWN_FEED,
            file_name=drop.name,
            sha256=sha256,
            received_at=seen.received_at if seen else now,
            account=drop.account,
        )
        file = _File(drop, outcome, seen, former)
        files.append(file)
        assert drop.feed is not None or refused
        if not refused and drop.feed is not None:
            refused = intake.labels[drop.feed.name].wrong_unit_in_name(Path(drop.name).stem)
        if refused:
            file.refuse(refused)
        elif drop.suffix != ".csv":
            file.workbook = _read_workbook(intake, drop, sha256, patient=seen is not None)
    return files


def _read_workbook(intake: _Intake, drop: Drop, sha256: str | None, *, patient: bool) -> Future[list[Part]]:
    """Read a workbook in its turn. Content that was read before is read in any case (`patient`)."""
    assert drop.feed is not None
    assert sha256 is not None
    labels = intake.labels[drop.feed.name]

    def read() -> list[Part]:
        if not patient and intake.wasted.get(drop.department, 0.0) > SECONDS_A_DEPARTMENT:
            raise RefusalError(*_NO_TIME_LEFT)
        path = intake.archive.path_of(sha256, drop.file_id)
        started = time.monotonic()
        try:
            return intake.workbooks.read(path, drop.suffix, labels)
        except RefusalError:
            wasted = time.monotonic() - started
            intake.wasted[drop.department] = intake.wasted.get(drop.department, 0.0) + wasted
            raise

    return intake.lane.submit(read)


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
                if file.refused is None and (file.drop.suffix != ".csv") == is_workbook:
                    _read_file(intake, readers[name], number, file)
    for name, found in by_feed.items():
        for number, file in enumerate(found):
            if file.refused is not None:
                _stand_by_former(intake, readers[name], number, file, found)
        yield readers[name].finish(), found


def _read_file(intake: _Intake, reader: FeedReader, number: int, file: _File) -> None:
    """Read what lies in the folder now, or note why not."""
    former = file.former if file.former and file.former.sha256 != file.outcome.sha256 else None
    try:
        file.parts = _read_version(
            intake, reader, number, file.drop, file.outcome.sha256, file.workbook, former=former
        )
        file.outcome.in_force = file.outcome.sha256
    except RefusalError as refused:
        file.refuse(refused)


def _stand_by_former(
    intake: _Intake, reader: FeedReader, number: int, file: _File, others: Sequence[_File]
) -> None:
    """In place of a refused file: one of the same name accepted since, else the version accepted before."""
    for other in others:
        same_name = Path(other.drop.name).stem == Path(file.drop.name).stem
        if same_name and other.refused is None and _came(other) >= _came(file):
            return file.give_way_to(other)
    if file.former is not None:
        try:
            file.parts = _read_version(intake, reader, number, file.drop, file.former.sha256)
            file.outcome.in_force = file.former.sha256
        except RefusalError:
            pass  # the contract has changed since: nothing is in force


def _came(file: _File) -> tuple[dt.datetime, int]:
    return file.outcome.received_at, file.drop.changed_ns


def _read_version(
    intake: _Intake,
    reader: FeedReader,
    number: int,
    drop: Drop,
    sha256: str | None,
    workbook: Future[list[Part]] | None = None,
    *,
    former: Version | None = None,
) -> list[RawFile]:
    """Read one content of a file from the archive, as file `number` of `reader`. Refuses one without a row
    over a `former` one that has some."""
    assert drop.feed is not None
    assert sha256 is not None
    first = number * _MOST_SHEETS
    if drop.suffix == ".csv":
        path = intake.archive.path_of(sha256, drop.file_id)
        with reader.file(first) as sink:
            raw = read_csv(path, intake.labels[drop.feed.name], sink)
            _refuse_emptied(intake, drop, sha256, former, [raw])
        return [raw]
    parts = (workbook or _read_workbook(intake, drop, sha256, patient=True)).result()
    _refuse_emptied(intake, drop, sha256, former, [raw for raw, _, _ in parts])
    for place, (raw, table, flaws) in enumerate(parts[:_MOST_SHEETS], start=first):
        with reader.file(place) as sink:
            sink.add(table, flaws)
            sink.leave_out(raw.left_out)
    return [raw for raw, _, _ in parts]


def _refuse_emptied(
    intake: _Intake, drop: Drop, sha256: str, former: Version | None, parts: Sequence[RawFile]
) -> None:
    """Raise RefusalError where a file would take the rows of its `former` version away and bring none."""
    if former is None or sum(raw.rows for raw in parts) > _FEW_ROWS:
        return
    if not _holds_data(intake, drop, sha256) and _holds_data(intake, drop, former.sha256):
        raise RefusalError(*_EMPTIED)


def _holds_data(intake: _Intake, drop: Drop, sha256: str | None) -> bool:
    """Whether somebody filled in a row of this content of a file."""
    assert drop.feed is not None
    reader = intake.reader(drop.feed)
    try:
        _read_version(intake, reader, 0, drop, sha256)
    except RefusalError:
        return False
    return reader.finish().hold_data


def _land_feed(
    intake: _Intake, landing: Path, rows: FeedRows, files: Sequence[_File]
) -> tuple[pa.Table, pa.Table]:
    """Land a feed and settle its files; returns its part of the fault and of the duplicate table."""
    read = [ReadFile(file.drop.name, raw, number) for number, file in enumerate(files) for raw in file.parts]
    landed = intake.conversions.submit(
        land, landing, rows.feed.name, intake.year, tables.feed_table(rows, read)
    )
    faults = tables.fault_table(rows, read, intake.context)
    outcomes = [file.outcome for file in files]
    drawn = settle(rows, read, outcomes, intake.contract, intake.context, intake.year)
    for number, (file, receipt) in enumerate(zip(files, drawn, strict=True)):
        if receipt:
            receipt.altered, unclear = _altered(intake, file)
            receipt.asks = [*receipt.asks, *unclear]
        if receipt and (replaces := file.replaces):
            receipt.replaces = replaces
            places = [place for place, part in enumerate(read) if part.number == number]
            receipt.changes = _changes(intake, rows, places, file, replaces)
        file.receipt = receipt
    landed.result()
    return faults, tables.duplicate_table(rows, read)


def _altered(intake: _Intake, file: _File) -> tuple[list[AlteredCell], list[str]]:
    """What was changed in the locked cells of a worksheet that was handed out, and what is to be asked where
    that cannot be told. Nothing, of any other file."""
    assert file.drop.feed is not None
    number = handed_out.find_number(text for raw in file.parts for text in raw.above)
    if number is None:
        lost = any(handed_out.GIVEN_AREA in raw.ignored for raw in file.parts)
        return [], ["标题中的核实表编号不见了，锁定单元格无法核对"] if lost else []
    cannot = f"核实表{number}的锁定单元格无法核对："
    if not number.startswith(f"{intake.year}-"):
        return [], [f"{cannot}它不是{intake.year}年度的"]
    if file.drop.suffix == ".csv":
        return [], [f"{cannot}请以 .xlsx 提交"]
    path = handed_out.kept(intake.home, number)
    if not path.is_file():
        return [], [f"{cannot}没有以该编号发出的核实表"]
    assert file.outcome.sha256 is not None
    delivered = intake.archive.path_of(file.outcome.sha256, file.drop.file_id)
    given, found = (
        intake.lane.submit(intake.workbooks.cells, *asked).result()
        for asked in ((path, ".xlsx"), (delivered, file.drop.suffix))
    )
    if given is None or found is None:
        return [], [f"{cannot}工作簿过大或已损坏"]
    read, labels = file.parts[0].sheet or "", intake.labels[file.drop.feed.name]
    try:
        return handed_out.altered_cells(given, found, read, labels), []
    except handed_out.IncomparableError:
        return [], [f"{cannot}发出以后列名有变"]


def _changes(
    intake: _Intake, rows: FeedRows, places: Collection[int], file: _File, replaces: str
) -> Changes | None:
    """What the new version of a file changed (once told, it is in the receipt); None if it cannot be told."""
    told = receipts.told_changes(intake.receipts_of(file.outcome), file.outcome, replaces)
    if told is not None:
        return told
    reader = intake.reader(rows.feed)
    try:
        former = _read_version(intake, reader, 0, file.drop, replaces)
    except RefusalError:
        return None
    except UserError as lost:  # it counts no more: what changed cannot be told, and all else can
        intake.said.append(f"{file.drop.file_id} 与上一版本的差异无法比较：{lost}")
        return None
    before = reader.finish().read_cleanly(range(len(former)))
    return compare(rows.feed, before, rows.read_cleanly(places))


def _write_receipt(intake: _Intake, file: _File, first_accepted: Mapping[str, dt.datetime]) -> None:
    outcome, refused = file.outcome, file.refused
    receipt = file.receipt or Receipt(
        outcome=outcome,
        department_zh=intake.contract.departments[outcome.department],
        feed_zh=file.drop.feed.label if file.drop.feed else None,
        year=intake.year,
    )
    # While nothing of the feed was accepted, the day on which this file came counts: it stays what it is.
    receipt.due = timeliness(
        intake.due.get(outcome.feed, ()), first_accepted.get(outcome.feed), day_of(outcome.received_at)
    )
    if refused:
        receipt.reason, receipt.remedy = refused.reason, refused.remedy
        if outcome.in_force and file.former:
            received = file.former.received_at.astimezone().strftime("%Y-%m-%d %H:%M")
            receipt.remarks = [f"{received} 收到的上一版本继续有效，其中{outcome.rows_accepted:,}行已受理。"]
    _hand_out(intake, receipt)


def _write_withdrawal(intake: _Intake, outcome: FileOutcome) -> None:
    feed = intake.contract.feeds.get(outcome.feed)
    receipt = Receipt(
        outcome=outcome,
        department_zh=intake.contract.departments[outcome.department],
        feed_zh=feed.label if feed else None,
        year=intake.year,
        reason=outcome.message,
    )
    _hand_out(intake, receipt)


def _hand_out(intake: _Intake, receipt: Receipt) -> None:
    outcome = receipt.outcome
    if receipts.write_receipt(intake.receipts_of(outcome), receipt):
        intake.said.append(f"{outcome.file_id} 的回执无法读取，已重新生成。")


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
