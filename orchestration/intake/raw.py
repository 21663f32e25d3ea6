"""A file as it was read: the contract's columns as text, row by row, nothing converted yet.

Belongs here: what a reader hands on, and rows of cells → columns of text. Does not: opening files (`csv_file`,
`workbook`), what a text means (`values`).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.header import Header

BATCH_ROWS = 50_000
ROW = "row"  # Excel's row number
TOTAL_ASIDE = "total_aside"  # the word 合计 stands in a column beyond the contract
TOTAL_WORDS = ("合计", "总计", "小计", "共计")


@dataclass(frozen=True)
class Flaw:
    """A cell that the reader already knows to be faulty: `fault` is a code of `faults.FAULTS`."""

    row: int
    column: str
    fault: str
    value: str


@dataclass
class RawFile:
    """One file, read: `tables` hold the contract's columns as strings, then `row` and `total_aside`."""

    tables: list[pa.Table]
    place_of: Mapping[str, int]
    header_row: int
    encoding: str | None = None
    sheet: str | None = None
    several_sheets: bool = False
    ignored: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)


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


def to_table(rows: Sequence[Sequence[str]], first_row: int, header: Header) -> pa.Table:
    """The contract's columns of `rows`, as strings; a column that is absent, or a short row's rest, is ''."""
    columns = list(zip_longest(*rows, fillvalue=""))
    place_of = header.place_of
    nothing = pa.array([""] * len(rows), pa.string())
    arrays = {
        name: pa.array(columns[place_of[name]], pa.string())
        if name in place_of and place_of[name] < len(columns)
        else nothing
        for name in header.labels.feed.columns
    }
    taken = set(place_of.values())
    aside = pa.array([False] * len(rows))
    for place, cells in enumerate(columns):
        if place not in taken:
            aside = pc.or_(aside, is_total_word(pa.array(cells, pa.string())))
    arrays[ROW] = pa.array(range(first_row, first_row + len(rows)), pa.int64())
    arrays[TOTAL_ASIDE] = aside
    return pa.table(arrays)


def is_total_word(cells: pa.Array) -> pa.Array:
    """Whether a cell is 合计, 总计, … (white space inside is how people spread two characters)."""
    return pc.match_substring_regex(cells, r"^\s*(?:合\s*计|总\s*计|小\s*计|共\s*计)\s*[:：]?\s*$")
