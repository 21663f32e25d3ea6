"""A file as it was read: the contract's columns as text, row by row, nothing converted yet.

Belongs here: what a reader hands on, and rows of cells → columns of text. Does not: opening files
(`csv_file`, `workbook`), what a text means (`values`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Protocol

import numpy as np
import pyarrow as pa

from orchestration.intake.header import Header

BATCH_ROWS = 50_000
ROW = "row"  # Excel's row number
_ROWS_NAMED = 5


@dataclass(frozen=True)
class Flaw:
    """A cell that the reader already knows to be faulty: `fault` is a code of `faults.FAULTS`."""

    row: int
    column: str
    fault: str


@dataclass
class RawFile:
    """What is known of one file (of a workbook: one sheet) that was read, beside its rows.

    `left_out`: Excel's row and kind (`furniture`) of what is no data. `asks`: what the department has to look
    at.
    """

    place_of: Mapping[str, int]
    header_row: int
    encoding: str | None = None
    sheet: str | None = None
    several_sheets: bool = False
    above: list[str] = field(default_factory=list)  # what stands over the header
    ignored: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)
    rows: int = 0  # that hold something and are not left out


Part = tuple[RawFile, pa.Table, list[Flaw]]  # one sheet: what is known of it, its rows, its faulty cells


class Sink(Protocol):
    """Takes the rows of one file, batch by batch."""

    def add(self, table: pa.Table, flaws: Sequence[Flaw]) -> None:
        """Take a batch: the contract's columns as strings, and `row`; and its known faults."""

    def leave_out(self, rows: Iterable[tuple[int, str]]) -> None:
        """Leave out rows that were taken: they are no data, whatever stands in them."""

    def clear(self) -> None:
        """Forget what this file has given so far."""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Hold the garbage collector off while millions of cells are made: nothing there is cyclic."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def to_columns(rows: Sequence[Sequence[str]]) -> list[pa.Array]:
    """Rows of cells as columns of strings; the rest of a short row is ''."""
    return [pa.array(cells, pa.string()) for cells in zip_longest(*rows, fillvalue="")]


def to_table(
    columns: Sequence[pa.Array], size: int, first_row: int, header: Header, unlabelled: set[int]
) -> pa.Table:
    """The contract's columns among `columns` (all of a sheet, `size` rows); one that is absent is ''.

    Adds to `unlabelled` the places (from 0) of columns that hold something under no label at all.
    """
    place_of = header.place_of
    nothing = pa.repeat(pa.scalar(""), size)
    arrays = {
        name: columns[place_of[name]] if place_of.get(name, len(columns)) < len(columns) else nothing
        for name in header.labels.feed.columns
    }
    taken = set(place_of.values())
    for place, column in enumerate(columns):
        named = place < len(header.cells) and header.cells[place].strip()
        unknown = place not in taken and place not in unlabelled and not named
        if unknown and any(map(str.strip, column.to_pylist())):
            unlabelled.add(place)
    arrays[ROW] = pa.array(np.arange(first_row, first_row + size, dtype=np.int64))
    return pa.table(arrays)


def units_to_check(header: Header) -> list[str]:
    """What the department is asked where the header does not say the unit of a column."""
    columns = header.without_unit
    if not columns:
        return []
    named = "、".join(f"「{column.label}」" for column in columns)
    return [f"表头没有写出{named}的单位，已按括号中的单位读取，请核对数字的单位是否如此"]


def ignored_columns(header: Header, unlabelled: Iterable[int]) -> list[str]:
    """The columns beyond the contract, by label, or by letter where there is none."""
    return header.ignored + [f"{column_letters(place)}列（无列名）" for place in sorted(unlabelled)]


def column_letters(place: int) -> str:
    """Excel's letters of a column, counted from 0: 3 → `D`."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def rows_named(rows: Sequence[int]) -> str:
    """Row numbers in words: the first few, and how many."""
    named = "、".join(map(str, rows[:_ROWS_NAMED]))
    return f"第{named}行" if len(rows) <= _ROWS_NAMED else f"第{named}等{len(rows)}行"
