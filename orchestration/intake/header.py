"""Finding a feed's columns in the head of a sheet.

Belongs here: which row is the header, which column is which, and why a head does not fit. Does not: opening
files (`csv_file`, `workbook`), the rows below the header (`furniture`, `values`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from orchestration.intake.contract import Column, Feed, UnitOfMeasure, normalise_label
from orchestration.intake.faults import shown
from orchestration.intake.refusal import RefusalError
from orchestration.intake.stated_units import StatedUnits

HEAD_ROWS = 30  # the header is among these
FEWEST_LABELS = 2
LONGEST_LABEL = 200
MOST_COLUMNS = 2000
_NEAR = 3  # rows beside the header that may hold the other half of it
_MARKS = "*★☆※●#"  # beside a label: a column that must be filled in

_BRACKETED = re.compile(r"(.+?)[(\[【〔{](?:单位:)?([^()\[\]【】〔〕{}]+)[)\]】〕}]")


@dataclass(frozen=True)
class Match:
    """One header cell that names a column. `stated` is its unit where that contradicts the contract; `bare`:
    it has no unit, and the contract's label has one."""

    column: str
    stated: str | None = None
    bare: bool = False


class Labels:
    """How the columns of a feed may be written in a header."""

    def __init__(self, feed: Feed, units: Mapping[str, UnitOfMeasure]) -> None:
        self.feed = feed
        self.stated = StatedUnits(feed, units)
        self._units = units
        self._exact: dict[str, str] = {}
        self._bare: dict[str, tuple[str, str | None]] = {}
        for column in feed.columns.values():
            for name in (column.label, *column.also, column.name):
                self._exact[normalise_label(name)] = column.name
                bare, unit = self._split(normalise_label(name))
                self._bare[bare] = (column.name, column.unit or (unit.name if unit else None))

    def _split(self, label: str) -> tuple[str, UnitOfMeasure | None]:
        """`面积(平方米)` as `面积` and its unit; a label without a known unit in brackets stays whole."""
        found = _BRACKETED.fullmatch(label)
        unit = self._units.get(found[2]) if found else None
        return (found[1], unit) if found and unit else (label, None)

    def match(self, cell: str) -> Match | None:
        """The column that `cell` names, by its label or name, with or without its unit in brackets."""
        if len(cell) > LONGEST_LABEL:
            return None
        label = normalise_label(cell).strip(_MARKS)
        if label in self._exact:
            return Match(self._exact[label])
        if label in self._bare:
            return Match(self._bare[label][0], bare=True)
        bare, unit = self._split(label)
        if unit is None or bare not in self._bare:
            return None
        column, expected = self._bare[bare]
        return Match(column) if unit.name == expected else Match(column, stated=unit.name)

    def resembles(self, cell: str, column: Column) -> bool:
        """Whether `cell` is no label, but holds one of `column`."""
        label = normalise_label(cell)
        names = (self._split(normalise_label(name))[0] for name in (column.label, *column.also))
        return len(cell) <= LONGEST_LABEL and any(len(name) > 1 and name in label for name in names)

    def wrong_unit(self, where: str, cells: Sequence[str], columns: Sequence[Column]) -> RefusalError:
        """The refusal of a text, standing at `where`, that states another unit than `columns` have."""
        said = shown("  ".join(dict.fromkeys(filter(None, map(str.strip, cells)))))
        named = "、".join(f"「{column.label}」" for column in columns[:3]) + (
            "等列" if len(columns) > 3 else ""
        )
        return RefusalError(
            f"计量单位与要求不一致：{where}写“{said}”，而{named}的单位应为{self.stated.asked(columns[0])}。",
            "请按要求的单位换算数字并修改单位说明后重新提交；系统不会代为换算。",
        )

    def wrong_unit_in_name(self, name: str) -> RefusalError | None:
        """The refusal of a file (named without its extension) whose name states another unit; None if not."""
        wrong = self.stated.of_name(name)
        return self.wrong_unit("文件名", [name], wrong) if wrong else None


@dataclass(frozen=True)
class Header:
    """A header row as found: `cells` in order, what each means, the rows above it and a few below."""

    labels: Labels
    row: int  # Excel's number, from 1
    cells: tuple[str, ...]
    matches: tuple[Match | None, ...]
    above: tuple[tuple[str, ...], ...] = ()
    below: tuple[tuple[str, ...], ...] = ()

    @property
    def texts_above(self) -> list[str]:
        """What stands over the header, cell by cell."""
        return [cell for cells in self.above for cell in cells if cell.strip()]

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Column name → the places (from 0) where a cell names it, with its unit if any cell has that."""
        named: dict[bool, dict[str, list[int]]] = {True: {}, False: {}}
        for place, match in enumerate(self.matches):
            if match and match.stated is None:
                named[match.bare].setdefault(match.column, []).append(place)
        return named[True] | named[False]

    @property
    def without_unit(self) -> list[Column]:
        """The columns whose label does not say its unit here, though the contract's does."""
        columns = self.labels.feed.columns
        return [
            columns[name]
            for name, (place, *_) in self.positions.items()
            if (match := self.matches[place]) and match.bare
        ]

    @property
    def found(self) -> int:
        """How many columns of the contract are named."""
        return len({match.column for match in self.matches if match})

    @property
    def place_of(self) -> dict[str, int]:
        """Column name → its place (from 0), for a header that fits."""
        return {column: places[0] for column, places in self.positions.items()}

    @property
    def ignored(self) -> list[str]:
        """Labels beyond the contract, for a header that fits: also 面积(亩) beside 面积(平方米)."""
        return [self.cells[place].strip() for place in self.beyond]

    @property
    def beyond(self) -> list[int]:
        """The places (from 0) of labelled columns beyond the contract, for a header that fits."""
        taken = set(self.place_of.values())
        return [place for place, cell in enumerate(self.cells) if cell.strip() and place not in taken]

    @property
    def names_each_once(self) -> bool:
        """Whether every column of the contract is named once, in whatever unit."""
        named = {match.column for match in self.matches if match}
        demanded = {column.name for column in self.labels.feed.columns.values() if not column.may_be_absent}
        return demanded <= named and all(len(places) == 1 for places in self.positions.values())

    def refusal(self) -> RefusalError | None:
        """Why this header does not fit the feed; None if it does."""
        if len(self.cells) > MOST_COLUMNS:
            return RefusalError(
                f"表中有{len(self.cells)}列，列数过多。", "请删除数据区域以外的列后重新提交。"
            )
        columns = self.labels.feed.columns
        wrong_unit = {
            match.column: shown(" ".join(self.cells[place].split()))
            for place, match in enumerate(self.matches)
            if match and match.stated and match.column not in self.positions
        }
        if wrong_unit:
            stated = "；".join(
                f"表头写“{said}”，应为「{columns[name].label}」" for name, said in wrong_unit.items()
            )
            return RefusalError(
                f"计量单位与要求不一致：{stated}。",
                "请按要求的单位换算数字并修改表头后重新提交；系统不会代为换算。",
            )
        for row, cells in enumerate(self.above, start=1):
            if contradicted := self.labels.stated.of_cells(cells, loosely=True):
                return self.labels.wrong_unit(f"第{row}行", cells, contradicted)
        for cell, match in zip(self.cells, self.matches, strict=True):
            states = cell and not match and self.labels.stated.only_states(cell)
            if states and (contradicted := self.labels.stated.of_cells([cell], loosely=False)):
                return self.labels.wrong_unit(f"表头（第{self.row}行）", [cell], contradicted)
        twice = [name for name, places in self.positions.items() if len(places) > 1]
        if twice:
            named = "、".join(f"「{columns[name].label}」" for name in twice)
            return RefusalError(
                f"表头（第{self.row}行）中有重复的列：{named}。", "请每列只保留一个后重新提交。"
            )
        return self._missing()

    def _missing(self) -> RefusalError | None:
        """The refusal of a header that lacks columns, with what it has in their place."""
        columns = self.labels.feed.columns.values()
        missing = [c for c in columns if c.name not in self.positions and not c.may_be_absent]
        if not missing:
            return None
        named = "、".join(f"「{column.label}」" for column in missing)
        elsewhere = {
            match.column: row
            for row, cells in self._beside()
            for cell in cells
            if cell and (match := self.labels.match(cell))
        }
        if beside := [column for column in missing if column.name in elsewhere]:
            rows = "、".join(map(str, sorted({self.row, *(elsewhere[column.name] for column in beside)})))
            return RefusalError(
                f"列名分在第{rows}行（常见于合并单元格的多行表头）："
                f"「{beside[0].label}」在第{elsewhere[beside[0].name]}行，其他列名在第{self.row}行。",
                "请取消合并，把全部列名写在同一行，紧接着就是数据，再重新提交。",
            )
        others = [cell for cell, match in zip(self.cells, self.matches, strict=True) if cell and not match]
        hints = []
        for column in missing:
            alike = [cell for cell in others if self.labels.resembles(cell, column)]
            if alike:
                hints.append(f"“{shown(' '.join(min(alike, key=len).split()))}”应写成「{column.label}」")
        if len(hints) == len(missing):
            return RefusalError(
                f"表头（第{self.row}行）的列名与要求不同：{'；'.join(hints)}。", "请照此修改列名后重新提交。"
            )
        hint = f"（{'；'.join(hints)}）" if hints else ""
        return RefusalError(
            f"表头（第{self.row}行）缺少列：{named}{hint}。",
            "请补齐所缺的列（可以为空的列也要保留表头）后重新提交。",
        )

    def _beside(self) -> list[tuple[int, tuple[str, ...]]]:
        """The rows next to the header, by Excel's number."""
        first = max(len(self.above) - _NEAR, 0)
        above = list(enumerate(self.above[first:], start=first + 1))
        return above + list(enumerate(self.below, start=self.row + 1))


def find_header(rows: Sequence[Sequence[str]], labels: Labels) -> Header | None:
    """The row with most labels among the first `HEAD_ROWS` of `rows` (from row 1); None if none has two.

    `rows` should hold some rows more, which may be the other half of the last of those.
    """
    best: Header | None = None
    for number, cells in enumerate(rows[:HEAD_ROWS], start=1):
        matches = tuple(labels.match(cell) if cell else None for cell in cells[:MOST_COLUMNS])
        matches += (None,) * (len(cells) - len(matches))
        header = Header(labels, number, tuple(cells), matches)
        if header.found >= FEWEST_LABELS and (best is None or header.found > best.found):
            best = header
    if best is None:
        return None
    above = tuple(tuple(cells[:MOST_COLUMNS]) for cells in rows[: best.row - 1])
    below = tuple(tuple(cells[:MOST_COLUMNS]) for cells in rows[best.row : best.row + _NEAR])
    return replace(best, above=above, below=below)


def no_header(where: str = "") -> RefusalError:
    """The refusal of a file in which no row looks like the feed's header."""
    return RefusalError(
        f"{where}前{HEAD_ROWS}行中没有找到表头。",
        "请使用模板的表头（中文列名或英文列名均可）后重新提交。",
    )
