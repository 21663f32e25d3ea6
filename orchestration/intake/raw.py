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

import pyarrow as pa

from orchestration.intake.header import Header

BATCH_ROWS = 50_000
ROW = "row"  # Excel's row number
TOTAL_ASIDE = "total_aside"  # the word 合计 stands in a column beyond the contract
_ROWS_NAMED = 5
TOTAL_WORDS = ("合计", "总计", "小计", "共计")


@dataclass(frozen=True)
class Flaw:
    """A cell that the reader already knows to be faulty: `fault` is a code of `faults.FAULTS`."""

    row: int
    column: str
    fault: str


@dataclass
class RawFile:
    """What is known of one file that was read, beside its rows."""

    place_of: Mapping[str, int]
    header_row: int
    encoding: str | None = None
    sheet: str | None = None
    several_sheets: bool = False
    ignored: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class Sink(Protocol):
    """Takes the rows of one file, batch by batch."""

    def add(self, table: pa.Table, flaws: Sequence[Flaw]) -> None:
        """Take a batch: the contract's columns as strings, `row`, `total_aside`; and its known faults."""

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
    nothing = pa.array([""] * size, pa.string())
    arrays = {
        name: columns[place_of[name]] if place_of.get(name, len(columns)) < len(columns) else nothing
        for name in header.labels.feed.columns
    }
    taken = set(place_of.values())
    aside = [False] * size
    for place, column in enumerate(columns):
        if place in taken:
            continue
        cells = column.to_pylist()
        if any("计" in cell for cell in cells):
            aside = [before or is_total_word(cell) for before, cell in zip(aside, cells, strict=True)]
        if (place >= len(header.cells) or not header.cells[place].strip()) and any(map(str.strip, cells)):
            unlabelled.add(place)
    arrays[ROW] = pa.array(range(first_row, first_row + size), pa.int64())
    arrays[TOTAL_ASIDE] = pa.array(aside, pa.bool_())
    return pa.table(arrays)


def is_total_word(cell: str) -> bool:
    """Whether a cell is 合计, 总计, … (white space inside is how people spread two characters)."""
    return "".join(cell.split()).rstrip(":：") in TOTAL_WORDS


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
