"""What in a sheet is no data: totals, repeated headers, rows of units or of 甲 乙 丙, notes and signatures.

Belongs here: the FURNITURE paragraph of the contract, and what such rows state about units. Does not: the
remarks about them (`settlement`), whether a row of data is right (`values`, `feed_rows`).

A key is told here by its shape alone; whether it is known is asked later, and makes no row furniture.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.contract import Column
from orchestration.intake.header import FEWEST_LABELS, Header
from orchestration.intake.refusal import RefusalError
from orchestration.intake.values import is_blank, is_choice, is_written_as_code

TOTAL, HEADER, COLUMNS, UNITS, NOTES = "total", "header", "columns", "units", "notes"

_UNDER_HEADER = 5  # rows that are looked at whatever they hold
_MOST_PENDING = 10_000  # notes at the end of a sheet; beyond, they are data gone wrong
_FEW = 2
_TOTAL = "(?:合计|总计|小计|共计)"
_TOTAL_ALONE = re.compile(rf"{_TOTAL}:?")
_TOTAL_TEXT = re.compile(
    rf"(?:.{{0,20}}{_TOTAL}|(?:本页|本表|本区|累)计)(?:数|[金税]?额|面积)?"
    r"(?:\([^()]*\)|[\W\d_]|户|家|个|宗|项|条|份|企业|元|千|万|亩|吨|人)*"
)
_CONTINUED = re.compile(
    r"\(?续[上前]?[表页]?[\d一二三四五六七八九十]*\)?:?|.*\(续[\d一二三四五六七八九十]*表?\)|续表.*"
)
_NOTE = re.compile(
    r"(?:注|备注|说明|附注|填表|填报|制表|编制|审核|复核|审批|批准|(?:单位|统计)?负责|经办|联系|报出|报送|日期"
    r"|电话|盖章|签[字章名])(?:$|\W|人|单位|说明|日期|时间|部门|电话|方式|机关|者|[\d一二三四五六七八九十])"
)
_LABELLED = re.compile(r"[\u4e00-\u9fff]{2,8}:")
_CODE_ALONE = re.compile(r"[0-9A-Z]+")
_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+%?")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_COUNTING = re.compile(r"\(?(\d{1,3})\)?[栏列]?(?:=.*)?")
_SUSPECT = r"^\s*[合总小共注备说附填制编审复批负单统经联报日电盖签续本累（(甲]|计\s*[:：]?\s*$"


class Furniture:
    """Looks at the rows of one sheet, batch by batch; `left_out` is what it found: Excel's row → kind."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._labels = header.labels
        self._key = [
            (self._labels.feed.columns[name], header.place_of[name]) for name in self._labels.feed.key
        ]
        self._beyond = header.beyond
        self._pending: dict[int, Sequence[str]] = {}
        self._below_header = True  # no row of data since the header, or since it was repeated
        self._filled = 0
        self.left_out: dict[int, str] = {}
        self.wrong_unit: RefusalError | None = None

    def look(self, columns: Sequence[pa.Array], size: int, first_row: int) -> None:
        """Take the next `size` rows: all columns of the sheet as strings, from Excel's `first_row` on."""
        valid = np.ones(size, dtype=bool)
        for column, place in self._key:
            if place < len(columns):
                labels = pa.array([self._header.cells[place], column.label, column.name])
                valid &= _surely_reads(column, columns[place])
                valid &= ~pc.is_in(columns[place], labels).to_numpy(zero_copy_only=False)
            else:
                valid &= False
        if len(self._key) == 1 and len(columns) > 1:  # a note in the column of the key is alone in its row
            others = [cells for place, cells in enumerate(columns) if place != self._key[0][1]]
            valid &= ~_all_blank(others[: len(self._header.cells)], size)
        asked = ~valid
        asked[: max(self._header.row + _UNDER_HEADER + 1 - first_row, 0)] = True
        at, rows = _filled_rows(columns, np.flatnonzero(asked))
        self._filled += int(valid.sum()) + int((~valid[at]).sum())
        before = 0
        for place, cells in zip(at.tolist(), rows, strict=True):
            if valid[before:place].any():
                self._data()
            before = place + 1
            self._row(first_row + place, cells)
        if valid[before:].any():
            self._data()

    def finish(self) -> None:
        """The sheet has ended: what looks like a note since the last row of data is one."""
        self._leave_pending(NOTES)

    @property
    def data_rows(self) -> int:
        """How many rows hold something and are not left out."""
        return self._filled - len(self.left_out)

    def _data(self) -> None:
        self._pending.clear()
        self._below_header = False

    def _leave_pending(self, kind: str) -> None:
        for row, cells in self._pending.items():
            self._leave(row, kind, cells)
        self._pending.clear()

    def _leave(self, row: int, kind: str, cells: Sequence[str]) -> None:
        self.left_out[row] = kind
        self._ask_units(row, cells)

    def _ask_units(self, row: int, cells: Sequence[str]) -> None:
        wrong = self.wrong_unit is None and self._labels.stated.of_cells(
            cells, loosely=False, beyond=self._beyond
        )
        if wrong:
            self.wrong_unit = self._labels.wrong_unit(f"第{row}行", cells, wrong)

    def _row(self, row: int, cells: Sequence[str]) -> None:
        """One row that may be furniture."""
        filled = {place: text for place, cell in enumerate(cells) if (text := _plain(cell))}
        if not filled:
            return
        texts = list(filled.values())
        if self._below_header and _is_counting(texts):
            self._leave(row, COLUMNS, cells)
        elif self._is_header(filled):
            self._leave_pending(HEADER)  # the title of the new page stands before its header
            self._leave(row, HEADER, cells)
            self._below_header = True
        elif self._has_key(filled):
            self._data()
        elif self._is_total(filled):
            self._leave(row, TOTAL, cells)
        elif _CONTINUED.fullmatch(_first_text(texts)):
            self._leave(row, HEADER, cells)
        elif self._states_units(texts):
            self._leave(row, UNITS, cells)
        else:
            if _is_note(texts) and len(self._pending) < _MOST_PENDING:
                self._pending[row] = cells
            else:
                self._pending.clear()
            if len(texts) <= _FEW:
                self._ask_units(row, cells)

    def _has_key(self, filled: dict[int, str]) -> bool:
        for column, place in self._key:
            text = filled.get(place, "")
            reads = bool(text)
            if column.type == "code":
                reads = is_written_as_code(column, "".join(text.split()).upper())
            elif column.type == "choice":
                reads = is_choice(column, text)
            if not reads or _NOTE.match(text) or _is_total_text(text) or self._labels.match(text):
                return False
        return len(filled) > 1 or bool(_CODE_ALONE.fullmatch(next(iter(filled.values())).upper()))

    def _is_header(self, filled: dict[int, str]) -> bool:
        matches = self._header.matches
        same = sum(
            1
            for place, text in filled.items()
            if place < len(matches)
            and (here := matches[place])
            and (there := self._labels.match(text))
            and here.column == there.column
        )
        return same >= FEWEST_LABELS and 2 * same >= len(filled)

    def _is_total(self, filled: dict[int, str]) -> bool:
        if _is_total_text(_first_text(list(filled.values()))):
            return True
        no_key = not any(place in filled for _, place in self._key)
        exactly = (_TOTAL_ALONE.fullmatch("".join(text.split())) for text in filled.values())
        key = (_is_total_text(filled.get(place, "")) for _, place in self._key)
        return any(key) or (no_key and any(exactly))

    def _states_units(self, texts: Sequence[str]) -> bool:
        stated = [self._labels.stated.only_states(text) for text in texts]
        return any(stated) and not any(map(_NUMBER.fullmatch, texts))


def _plain(cell: str) -> str:
    """A cell as it is compared here: NFKC, trimmed, '' where it stands for nothing."""
    cell = cell.strip()
    if not cell.isascii():
        cell = unicodedata.normalize("NFKC", cell).strip()
    return "" if is_blank(cell) else cell


def _first_text(texts: Sequence[str]) -> str:
    """The first text that is no number, without white space."""
    return next(("".join(text.split()) for text in texts if not _NUMBER.fullmatch(text)), "")


def _is_total_text(text: str) -> bool:
    return "计" in text and bool(_TOTAL_TEXT.fullmatch("".join(text.split())))


def _is_note(texts: Sequence[str]) -> bool:
    first = _first_text(texts)
    if len(texts) == 1 and not _CODE_ALONE.fullmatch("".join(texts[0].split())):
        return True
    return bool(_NOTE.match(first) or _LABELLED.match(first))


def _is_counting(texts: Sequence[str]) -> bool:
    """Whether a row numbers the columns: 甲 乙 丙 1 2 3, also mixed, or 1 2 3 4 from the first on."""
    texts = ["".join(text.split()) for text in texts]
    if texts[0] in ("栏次", "列次", "序号", "栏号", "行次"):
        texts = texts[1:]
    stems = "".join(text for text in texts if text in tuple(_STEMS))
    found = [_COUNTING.fullmatch(text) for text in texts if text not in tuple(_STEMS)]
    numbers = [int(match[1]) for match in found if match]
    if len(numbers) < len(found) or len(texts) <= _FEW or not _STEMS.startswith(stems):
        return False
    return not numbers or (
        numbers[0] in (1, len(stems) + 1) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    )


def _surely_reads(column: Column, cells: pa.Array) -> np.ndarray:
    """Where a cell is certainly part of a key; elsewhere it has to be looked at."""
    if column.type == "choice":
        known = [name for pair in column.choices.items() for name in pair]
        return pc.is_in(cells, pa.array(known)).to_numpy(zero_copy_only=False)
    found = pc.ascii_is_alnum(cells)
    by_word = column.type == "text" or not column.name.endswith(("uscc", "county_code"))
    if by_word and not pc.all(found).as_py():
        filled = pc.match_substring_regex(cells, r"[\pL\pN]")
        found = pc.or_(found, pc.and_not(filled, pc.match_substring_regex(cells, _SUSPECT)))
    return found.to_numpy(zero_copy_only=False)


def _filled_rows(columns: Sequence[pa.Array], at: np.ndarray) -> tuple[np.ndarray, Iterable[tuple[str, ...]]]:
    """Those of the rows `at` that hold something, and their cells."""
    if not len(at):
        return at, []
    taken = [cells.take(pa.array(at)) for cells in columns]
    filled = ~_all_blank(taken, len(at))
    return at[filled], zip(*(cells.filter(pa.array(filled)).to_pylist() for cells in taken), strict=True)


def _all_blank(columns: Sequence[pa.Array], size: int) -> np.ndarray:
    blank = np.ones(size, dtype=bool)
    for cells in columns:
        blank &= pc.equal(cells, "").to_numpy(zero_copy_only=False)
        if not blank.any():
            break
    return blank
