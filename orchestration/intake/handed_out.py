"""Worksheets that were handed out filled in, and what was changed in them where nothing should be.

A county's worksheet has a number in its title. What was handed out under a number is kept in the home, and a
file that comes back with it is held against that, cell by cell: every cell is locked but those of the
contract's columns beyond the key. A changed cell takes nothing from the row, which says what it says; the
receipt tells the cell, what was given and what came back.

Belongs here: numbers, keeping, comparing. Does not: what stands in a worksheet (`presentation.worksheets`),
reading its rows (`workbook`).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.files import write_whole
from orchestration.intake.contract import Feed
from orchestration.intake.header import Header, Labels, find_header
from orchestration.intake.raw import column_letters
from orchestration.settings import Home

_NUMBER = re.compile(r"编号：(\d{4}-r\d{3,}-(?:draft|notice|final)-[0-9A-Z]{2,8}-[0-9a-f]{8})")
GIVEN_AREA = "测算用地面积(亩)"  # a column of every worksheet, and of no other file
_GONE, _NEW = "（已不在表中）", "（发出时没有）"

Grid = Sequence[Sequence[str]]  # a sheet as text, row by row


@dataclass(frozen=True)
class AlteredCell:
    """A locked cell that came back with something else than it was given out with."""

    sheet: str
    cell: str
    label: str
    given: str
    found: str


def number_of(year: int, release: str, county_code: str, content: object) -> str:
    """The number of the worksheet that gives `content` to a county: another content has another number."""
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False, default=str).encode()).hexdigest()
    return f"{year}-{release}-{county_code}-{digest[:8]}"


def told_number(number: str) -> str:
    """The number as it stands in the title."""
    return f"编号：{number}"


def find_number(texts: Iterable[str]) -> str | None:
    """The number that stands in one of `texts`; None where there is none."""
    found = (_NUMBER.search(unicodedata.normalize("NFKC", text).replace(":", "：")) for text in texts)
    return next((match[1] for match in found if match), None)


def kept(home: Home, number: str) -> Path:
    """Where what was handed out under `number` is kept."""
    return home.worksheets / number[:4] / f"{number}.xlsx"


def keep(home: Home, number: str, content: bytes) -> None:
    """Keep what is handed out under `number`."""
    write_whole(kept(home, number), content)


class IncomparableError(ValueError):
    """A worksheet cannot be held against the one that was handed out: its labels are others by now."""


def altered_cells(
    given: Mapping[str, Grid], found: Mapping[str, Grid], read: str, labels: Labels
) -> list[AlteredCell]:
    """The locked cells in which `found` differs from `given` (sheets by name); `read` names the sheet of
    `found` whose rows were read, which is held against the first one given. IncomparableError where one of
    the two has no header by `labels`."""
    (first, *others) = given
    if read not in found:
        raise IncomparableError
    cells = list(_in_table(given[first], found[read], read, labels))
    for name in others:
        if name not in found:
            cells.append(AlteredCell(name, "", "", "工作表", _GONE))
        else:
            cells += _in_place(given[name], found[name], name)
    return cells


def _in_place(given: Grid, found: Grid, sheet: str) -> Iterator[AlteredCell]:
    """Cells that differ at the same address."""
    for row in range(max(len(given), len(found))):
        before, after = (grid[row] if row < len(grid) else () for grid in (given, found))
        for place in range(max(len(before), len(after))):
            was, now = (cells[place] if place < len(cells) else "" for cells in (before, after))
            if _told(was) != _told(now):
                yield AlteredCell(sheet, f"{column_letters(place)}{row + 1}", "", was, now)


def _in_table(given: Grid, found: Grid, sheet: str, labels: Labels) -> Iterator[AlteredCell]:
    """Locked cells of the table that differ: its columns by label, its rows by key."""
    before, after = find_header(given, labels), find_header(found, labels)
    if before is None or after is None:
        raise IncomparableError
    yield from _in_place(given[: before.row - 1], found[: after.row - 1], sheet)
    key = labels.feed.key
    place_of = {_told(label): place for place, label in reversed(list(enumerate(after.cells)))}
    locked: list[tuple[str, int, int]] = []  # label, its place in the one and in the other
    for place, label in enumerate(before.cells):
        name = next((name for name, at in before.place_of.items() if at == place), None)
        if name is not None and name not in key:
            continue
        at = after.place_of[name] if name else place_of.get(_told(label))
        if at is None:
            yield AlteredCell(sheet, f"{column_letters(place)}{before.row}", label, label, _GONE)
        else:
            locked.append((label, place, at))
    old, new = (_by_key(grid, header, labels.feed) for grid, header in ((given, before), (found, after)))
    added = {row: key for key, row in new.items() if key not in old}
    shift = after.row - before.row
    for key_cells, row in old.items():
        there = new.get(key_cells, row + shift if row + shift in added else None)
        if there is None:
            place = before.place_of[key[0]]
            named = "/".join(key_cells)
            yield AlteredCell(sheet, f"{column_letters(place)}{row}", before.cells[place], named, _GONE)
            continue
        added.pop(there, None)
        for label, place, at in locked:
            was, now = _cell(given, row, place), _cell(found, there, at)
            if _told(was) != _told(now):
                yield AlteredCell(sheet, f"{column_letters(at)}{there}", label, was, now)
    for row, key_cells in added.items():
        place = after.place_of[key[0]]
        yield AlteredCell(
            sheet, f"{column_letters(place)}{row}", after.cells[place], _NEW, "/".join(key_cells)
        )


def _by_key(grid: Grid, header: Header, feed: Feed) -> dict[tuple[str, ...], int]:
    """The first row (Excel's number) of each key below the header."""
    rows: dict[tuple[str, ...], int] = {}
    places = [header.place_of[name] for name in feed.key]
    for row in range(header.row + 1, len(grid) + 1):
        cells = tuple(_told(_cell(grid, row, place)).upper() for place in places)
        if all(cells):
            rows.setdefault(cells, row)
    return rows


def _cell(grid: Grid, row: int, place: int) -> str:
    cells = grid[row - 1]
    return cells[place] if place < len(cells) else ""


def _told(text: str) -> str:
    """A text as it is compared: what a spreadsheet program makes of white space and forms is no change."""
    return "".join(unicodedata.normalize("NFKC", text).split())
