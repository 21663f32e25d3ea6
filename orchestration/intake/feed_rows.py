"""All files of a feed together: which rows are accepted, which are quarantined, which are left out.

Belongs here: rules over a row, between rows and between files (INT-01, INT-03, INT-05), and the counts that
reconcile. Does not: what one cell means (`values`), sentences (`faults`), writing (`run`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.equality import EQUAL_WITHIN
from orchestration.intake import furniture
from orchestration.intake.contract import Feed, RowRule
from orchestration.intake.example_row import find_examples, marked_column
from orchestration.intake.raw import BATCH_ROWS, ROW, Flaw, Sink
from orchestration.intake.values import FAULT_NUMBER, Converted, convert

FILE = "file"  # place of the file (of a workbook: the sheet) among those of the feed, by name
STATE = "state"

# What becomes of a row that was read.
STATES = range(8)
ACCEPTED, FAULTY, CONFLICT, TOTAL, EXAMPLE_ROW, UNFILLED, REPEATED, FURNITURE = STATES
QUARANTINED = (FAULTY, CONFLICT)
LEFT_OUT = (TOTAL, EXAMPLE_ROW, UNFILLED, REPEATED, FURNITURE)
NO_DATA = (TOTAL, EXAMPLE_ROW, FURNITURE)  # rows that a table has even where nobody filled it in

LISTED = 2000  # faults and rows that a receipt lists
MOST_FAULTY_CELLS = 100_000  # of a feed; beyond, its rows are each told by their first faulty cell
_FAULT_SCHEMA = pa.schema(
    {FILE: pa.int32(), ROW: pa.int64(), "column": pa.int16(), "fault": pa.int8(), "value": pa.string()}
)


@dataclass(frozen=True)
class Duplicate:
    """Rows of a feed that share a key: `kind` is conflict (INT-03) or repeated (INT-05).

    `differs`: the columns in which rows in conflict differ.
    """

    key: tuple[str, ...]
    kind: str
    places: tuple[tuple[int, int], ...]  # (file, row)
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class FeedRows:
    """A feed as read. `rows`: every row read, typed, with file, row and state; the rest says why."""

    feed: Feed
    rows: pa.Table
    accepted: pa.Table  # contract columns, file, row; sorted by key, file, row
    faults: (
        pa.Table
    )  # file, row, column (place in the feed), fault (number), value; sorted by the first three
    faulty_cells: pa.Table  # the rows at fault as delivered (of each file at least LISTED): text, file, row
    duplicates: Sequence[Duplicate]

    def counts(self, files: int) -> np.ndarray:
        """Rows by file and state, shape (files, states)."""
        flat = self.rows[FILE].to_numpy() * len(STATES) + self.rows[STATE].to_numpy()
        return np.bincount(flat, minlength=files * len(STATES)).reshape(files, len(STATES))

    def read_cleanly(self, files: Collection[int]) -> pa.Table:
        """The rows of some files that have nothing wrong with them by themselves."""
        clean = pc.is_in(self.rows[STATE], pa.array([ACCEPTED, CONFLICT, REPEATED], pa.int8()))
        return self.rows.filter(pc.and_(clean, pc.is_in(self.rows[FILE], pa.array(files, pa.int32()))))

    @property
    def hold_data(self) -> bool:
        """Whether there is a row that somebody filled in, right or wrong."""
        return not pc.all(pc.is_in(self.rows[STATE], pa.array(NO_DATA, pa.int8()))).as_py()

    def amounts(self) -> pa.Table:
        """Sums of every number column by file and state, as `<column>_sum`."""
        numbers = [c.name for c in self.feed.columns.values() if c.type in ("number", "integer")]
        return self.rows.group_by([FILE, STATE], use_threads=False).aggregate(
            [(name, "sum") for name in numbers]
        )


@dataclass(frozen=True)
class _Rows:
    """Rows as delivered, from one file or several, and the cells (with their file) known to be faulty."""

    table: pa.Table
    flaws: Sequence[tuple[int, Flaw]]


@dataclass(frozen=True)
class _Batch:
    rows: pa.Table
    faults: pa.Table
    faulty_cells: pa.Table


class _OpenFile:
    """The rows of a file that is being read: large batches are converted at once, small ones wait."""

    def __init__(self, number: int, submit: Callable[[Sequence[_Rows]], Future[_Batch]]) -> None:
        self._number = number
        self._submit = submit
        self.waiting: list[_Rows] = []
        self.batches: list[Future[_Batch]] = []
        self.left_out: dict[int, str] = {}

    def leave_out(self, rows: Iterable[tuple[int, str]]) -> None:
        self.left_out = dict(rows)

    def add(self, table: pa.Table, flaws: Sequence[Flaw]) -> None:
        number = pa.repeat(pa.scalar(self._number, pa.int32()), len(table))
        rows = _Rows(table.append_column(FILE, number), [(self._number, flaw) for flaw in flaws])
        if len(table) < BATCH_ROWS // 2:
            self.waiting.append(rows)
        else:
            self.batches.append(self._submit([rows]))

    def clear(self) -> None:
        self.waiting, self.batches, self.left_out = [], [], {}


class FeedReader:
    """Collects the files of one feed, and converts them in batches on `pool` while others are being read."""

    def __init__(self, feed: Feed, references: Mapping[str, Collection[str]], pool: Executor) -> None:
        self._feed = feed
        self._references = references
        self._pool = pool
        self._waiting: list[_Rows] = []
        self._batches: list[Future[_Batch]] = []
        self._left_out: dict[int, dict[int, str]] = {}

    @contextmanager
    def file(self, number: int) -> Iterator[Sink]:
        """Take the rows of one file (or sheet), `number` telling its place among those of the feed; none
        if it raises."""
        taken = _OpenFile(number, self._submit)
        yield taken
        self._left_out[number] = taken.left_out
        self._waiting += taken.waiting
        self._batches += taken.batches
        if sum(len(rows.table) for rows in self._waiting) >= BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._batches.append(self._submit(self._waiting))
            self._waiting = []

    def _submit(self, parts: Sequence[_Rows]) -> Future[_Batch]:
        rows = _Rows(
            pa.concat_tables(part.table for part in parts), [f for part in parts for f in part.flaws]
        )
        return self._pool.submit(_convert_rows, self._feed, rows, self._references)

    def finish(self) -> FeedRows:
        """Judge the feed as a whole, once every file has been added. In what it returns, the files (and
        sheets) are numbered from 0, in the order of the numbers they were taken with."""
        self._flush()
        if not self._batches:
            self._batches.append(self._submit([_Rows(self._nothing(), [])]))
        batches = [batch.result() for batch in self._batches]
        rows = self._numbered(pa.concat_tables(batch.rows for batch in batches))
        faults = self._numbered(pa.concat_tables(batch.faults for batch in batches))
        faulty_cells = self._numbered(pa.concat_tables(batch.faulty_cells for batch in batches))
        if any(self._left_out.values()):
            left_out = self._states_left_out(rows)
            state = np.where(left_out > 0, left_out, rows[STATE].to_numpy())
            rows = rows.set_column(rows.schema.get_field_index(STATE), STATE, pa.array(state, pa.int8()))
            faults = faults.filter(pa.array(self._states_left_out(faults) == 0))
            faulty_cells = faulty_cells.filter(pa.array(self._states_left_out(faulty_cells) == 0))
        rows, accepted, duplicates = _judge_keys(self._feed, rows)
        return FeedRows(
            feed=self._feed,
            rows=rows,
            accepted=accepted,
            faults=_sorted(faults),
            faulty_cells=faulty_cells.sort_by([(FILE, "ascending"), (ROW, "ascending")]),
            duplicates=duplicates,
        )

    def _numbered(self, table: pa.Table) -> pa.Table:
        """The same with files numbered from 0."""
        places = np.searchsorted(sorted(self._left_out), table[FILE].to_numpy())
        return table.set_column(table.schema.get_field_index(FILE), FILE, pa.array(places, pa.int32()))

    def _states_left_out(self, table: pa.Table) -> np.ndarray:
        """The state of each row (of numbered files) that is left out; 0 for the others."""
        states = np.zeros(len(table), dtype=np.int8)
        files, numbers = table[FILE].to_numpy(), table[ROW].to_numpy()
        for file, number in enumerate(sorted(self._left_out)):
            found = self._left_out[number]
            for totals, state in ((True, TOTAL), (False, FURNITURE)):
                rows = [row for row, kind in found.items() if (kind == furniture.TOTAL) == totals]
                if rows:
                    states[(files == file) & np.isin(numbers, rows)] = state
        return states

    def _nothing(self) -> pa.Table:
        schema = {name: pa.string() for name in self._feed.columns}
        return pa.schema(schema | {ROW: pa.int64(), FILE: pa.int32()}).empty_table()


def _convert_rows(feed: Feed, delivered: _Rows, references: Mapping[str, Collection[str]]) -> _Batch:
    """Read a batch of rows of one feed, whatever files they come from."""
    table = delivered.table.combine_chunks()
    files, numbers = table[FILE].combine_chunks(), table[ROW].combine_chunks()
    cells = {name: table[name].combine_chunks() for name in feed.columns}
    read = {name: convert(column, cells[name], references) for name, column in feed.columns.items()}
    flawed = pa.repeat(pa.scalar(False), len(table))
    for name, known in _known_faults(delivered.flaws, files, numbers).items():
        read[name] = read[name].overruled(known)
        flawed = pc.or_(flawed, pc.is_valid(known))
    for rule in feed.row_rules:
        _ROW_RULES[rule.kind](rule, read)

    example, spoilt = find_examples(feed, cells, read, references)
    if pc.any(spoilt).as_py():
        left = pa.scalar(FAULT_NUMBER["example_left"], pa.int8())
        marked = marked_column(feed)
        read[marked] = read[marked].overruled(pc.if_else(spoilt, left, pa.scalar(None, pa.int8())))
    state = _states(feed, read, example)
    nothing = pa.repeat(pa.scalar(True), len(table))
    for column in read.values():
        nothing = pc.and_(nothing, column.blank)
    there = pc.or_(pc.invert(nothing), flawed)
    faulty = pc.and_(there, pc.equal(state, FAULTY))

    rows = pa.table(
        {name: column.values for name, column in read.items()} | {FILE: files, ROW: numbers, STATE: state}
    )
    faulty_cells = pa.table(cells | {FILE: files, ROW: numbers}).filter(faulty)
    if pc.count_distinct(files).as_py() == 1:
        faulty_cells = faulty_cells.slice(0, LISTED)
    return _Batch(
        rows=rows.filter(there),
        faults=_faults(feed, cells, read, files, numbers, faulty),
        faulty_cells=faulty_cells,
    )


def _known_faults(
    flaws: Sequence[tuple[int, Flaw]], files: pa.Array, numbers: pa.Array
) -> dict[str, pa.Array]:
    """The reader's faults by column: one number per row, null where it knows of none."""
    if not flaws:
        return {}
    place_of = {
        at: place for place, at in enumerate(zip(files.to_pylist(), numbers.to_pylist(), strict=True))
    }
    known: dict[str, list[int | None]] = {}
    for file, flaw in flaws:
        place = place_of.get((file, flaw.row))
        if place is not None:
            known.setdefault(flaw.column, [None] * len(files))[place] = FAULT_NUMBER[flaw.fault]
    return {name: pa.array(faults, pa.int8()) for name, faults in known.items()}


def _states(feed: Feed, read: Mapping[str, Converted], example: pa.Array) -> pa.Array:
    """What each row is by itself: accepted, faulty, or of a kind that is left out."""
    faulty = pa.repeat(pa.scalar(False), len(example))
    for name in feed.columns:
        faulty = pc.or_(faulty, pc.not_equal(read[name].faults, 0))
    state = pa.repeat(pa.scalar(ACCEPTED, pa.int8()), len(example))
    for number, holds in (
        (FAULTY, faulty),
        (UNFILLED, read[feed.unfilled_without].blank if feed.unfilled_without else None),
        (EXAMPLE_ROW, example),
    ):
        if holds is not None:
            state = pc.if_else(holds, pa.scalar(number, pa.int8()), state)
    return state


def _positive(rule: RowRule, read: dict[str, Converted]) -> None:
    """Mark the rule's columns where they are not above zero, in the rows that the rule is about."""
    concerned, _ = _where(rule, read)
    for name in rule.told_at:
        above = pc.fill_null(pc.greater(read[name].values, 0), False)
        _mark(rule, read, name, pc.and_not(concerned, above))


def _sum_is_100(rule: RowRule, read: dict[str, Converted]) -> None:
    """Mark the first of the rule's columns where they all read and do not add up to 100."""
    total = pa.scalar(0.0)
    for name in rule.columns:
        total = pc.add(total, read[name].values)
    apart = pc.abs(pc.subtract(total, 100.0))
    breaks = pc.greater(apart, pc.multiply(pc.max_element_wise(total, 100.0), EQUAL_WITHIN))
    _mark(rule, read, rule.told_at[0], pc.fill_null(breaks, False))


def _filled_only(rule: RowRule, read: dict[str, Converted]) -> None:
    """Mark the rule's columns where they are filled in, in the rows that the rule is not about."""
    _, elsewhere = _where(rule, read)
    for name in rule.told_at:
        _mark(rule, read, name, pc.and_not(elsewhere, read[name].blank))


def _filled_exactly(rule: RowRule, read: dict[str, Converted]) -> None:
    """The same, and where they are blank in the rows that it is about."""
    concerned, _ = _where(rule, read)
    _filled_only(rule, read)
    for name in rule.told_at:
        _mark(rule, read, name, pc.and_(concerned, read[name].blank))


def _in_order(rule: RowRule, read: dict[str, Converted]) -> None:
    """Mark the second of the rule's columns where both read and it is below the first."""
    first, second = rule.columns
    _mark(rule, read, second, pc.fill_null(pc.less(read[second].values, read[first].values), False))


def _where(rule: RowRule, read: Mapping[str, Converted]) -> tuple[pa.Array, pa.Array]:
    """The rows that the rule is about, and those that it is not about. A row in which a condition does not
    read is neither: that it does not read is told already."""
    concerned: pa.Array = pa.scalar(True)
    reads: pa.Array = pa.scalar(True)
    for name, held in rule.where.items():
        concerned = pc.and_(concerned, pc.is_in(read[name].values, pa.array(held)))
        reads = pc.and_(reads, pc.equal(read[name].faults, 0))
    return pc.and_(concerned, reads), pc.and_not(reads, concerned)


def _mark(rule: RowRule, read: dict[str, Converted], name: str, breaks: pa.Array) -> None:
    read[name] = read[name].marked(breaks, f"row_rule_{rule.kind}")


_ROW_RULES = {
    "positive": _positive,
    "sum_is_100": _sum_is_100,
    "filled_only": _filled_only,
    "filled_exactly": _filled_exactly,
    "in_order": _in_order,
}


def _faults(
    feed: Feed,
    cells: Mapping[str, pa.Array],
    read: Mapping[str, Converted],
    files: pa.Array,
    numbers: pa.Array,
    faulty: pa.Array,
) -> pa.Table:
    """One row per faulty cell of the rows at fault."""
    parts = []
    if pc.any(faulty).as_py():
        for place, name in enumerate(feed.columns):
            at = pc.and_(faulty, pc.not_equal(read[name].faults, 0))
            if pc.any(at).as_py():
                found = {FILE: files, ROW: numbers, "fault": read[name].faults, "value": cells[name]}
                part = pa.table(found).filter(at)
                part = part.append_column("column", pa.repeat(pa.scalar(place, pa.int16()), len(part)))
                parts.append(part.select(_FAULT_SCHEMA.names))
    return _sorted(pa.concat_tables([_FAULT_SCHEMA.empty_table(), *parts]))


def _sorted(faults: pa.Table) -> pa.Table:
    """Faults by file, row and column; where there are very many, only the first of each row."""
    faults = faults.sort_by([(FILE, "ascending"), (ROW, "ascending"), ("column", "ascending")])
    if len(faults) <= MOST_FAULTY_CELLS:
        return faults
    return faults.filter(pa.array(~equal_to_previous(faults.combine_chunks(), [FILE, ROW])))


def _judge_keys(feed: Feed, rows: pa.Table) -> tuple[pa.Table, pa.Table, list[Duplicate]]:
    """Sort the rows that read cleanly, and set those apart that share a key.

    Returns all rows with their final state, the accepted ones in order, and the duplicates.
    """
    state = rows[STATE].to_numpy().copy()
    at = np.flatnonzero(state == ACCEPTED)
    clean = rows if len(at) == len(rows) else rows.take(at)
    order = pc.sort_indices(clean, [(name, "ascending") for name in (*feed.key, FILE, ROW)])
    clean = clean.take(order).combine_chunks()
    places = at[order.to_numpy()]

    same_key = equal_to_previous(clean, feed.key)
    duplicates: list[Duplicate] = []
    if same_key.any():
        differs = same_key & ~equal_to_previous(clean, tuple(feed.columns))
        group = np.cumsum(~same_key) - 1
        in_conflict = np.zeros(group[-1] + 1, dtype=bool)
        in_conflict[group[differs]] = True
        conflict = in_conflict[group]
        repeated = same_key & ~conflict
        state[places[conflict]] = CONFLICT
        state[places[repeated]] = REPEATED
        shared = same_key | np.append(same_key[1:], False)
        duplicates = _duplicates(feed, clean, np.flatnonzero(shared), group, conflict, same_key)
        clean = clean.filter(pa.array(~(conflict | repeated)))
    rows = rows.set_column(rows.schema.get_field_index(STATE), STATE, pa.array(state, pa.int8()))
    return rows, clean.drop_columns([STATE]), duplicates


def equal_to_previous(table: pa.Table, names: Sequence[str]) -> np.ndarray:
    """For each row, whether it equals the one before in `names`; null equals null."""
    equal = np.ones(max(len(table) - 1, 0), dtype=bool)
    for name in names:
        column = table[name]
        here, before = column.slice(1), column.slice(0, max(len(column) - 1, 0))
        same = pc.fill_null(pc.equal(here, before), False)
        same = pc.or_(same, pc.and_(pc.is_null(here), pc.is_null(before)))
        equal &= same.to_numpy()
    return np.concatenate([np.zeros(min(len(table), 1), dtype=bool), equal])


def _duplicates(
    feed: Feed,
    clean: pa.Table,
    shared: np.ndarray,
    group: np.ndarray,
    conflict: np.ndarray,
    same_key: np.ndarray,
) -> list[Duplicate]:
    differs: dict[int, list[str]] = {}
    for name in feed.columns:
        at = np.flatnonzero(same_key & ~equal_to_previous(clean, [name]))
        for place in dict.fromkeys(group[at].tolist()):
            differs.setdefault(place, []).append(name)
    picked = clean.select([*feed.key, FILE, ROW]).take(shared)
    by_group: dict[int, list[int]] = {}
    for number, place in enumerate(group[shared].tolist()):
        by_group.setdefault(place, []).append(number)
    keys = list(zip(*(picked[name].cast(pa.string()).to_pylist() for name in feed.key), strict=True))
    places = list(zip(picked[FILE].to_pylist(), picked[ROW].to_pylist(), strict=True))
    kinds = conflict[shared]
    return [
        Duplicate(
            key=keys[members[0]],
            kind="conflict" if kinds[members[0]] else "repeated",
            places=tuple(places[member] for member in members),
            differs=tuple(differs.get(place, ())),
        )
        for place, members in by_group.items()
    ]
