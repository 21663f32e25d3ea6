"""Finding a feed's columns in the head of a sheet.

Belongs here: which row is the header, which column is which, and what the head says about units. Does not:
opening files (`csv_file`, `workbook`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from orchestration.intake.contract import Column, Feed, Unit, normalise_label
from orchestration.intake.refusal import RefusalError

HEAD_ROWS = 30  # the header is among these
FEWEST_LABELS = 2
LONGEST_LABEL = 200
MOST_COLUMNS = 2000

_BRACKETED = re.compile(r"(.+?)[(\[【〔{](?:单位:)?([^()\[\]【】〔〕{}]+)[)\]】〕}]")
_UNIT_LINE = re.compile(r"(?:^|[\s(\[【〔]|计量|金额|面积)单位\s*:\s*(.+)")
_BETWEEN_UNITS = re.compile(r"[\s,;、/和及()\[\]【】〔〕]+")


@dataclass(frozen=True)
class Match:
    """One header cell that names a column; `stated` is its unit where that contradicts the contract."""

    column: str
    stated: str | None = None


class Labels:
    """How the columns of a feed may be written in a header."""

    def __init__(self, feed: Feed, units: Mapping[str, Unit]) -> None:
        self.feed = feed
        self._units = units
        self._exact: dict[str, str] = {}
        self._bare: dict[str, tuple[str, str | None]] = {}
        for column in feed.columns.values():
            self._exact[normalise_label(column.label)] = column.name
            self._exact[normalise_label(column.name)] = column.name
            bare, unit = self._split(normalise_label(column.label))
            for label in (bare, normalise_label(column.name)):
                self._bare[label] = (column.name, column.unit or (unit.name if unit else None))

    def _split(self, label: str) -> tuple[str, Unit | None]:
        """`面积(平方米)` as `面积` and its unit; a label without a known unit in brackets stays whole."""
        found = _BRACKETED.fullmatch(label)
        unit = self._units.get(found[2]) if found else None
        return (found[1], unit) if found and unit else (label, None)

    def match(self, cell: str) -> Match | None:
        """The column that `cell` names, by its label or name, with or without its unit in brackets."""
        if len(cell) > LONGEST_LABEL:
            return None
        label = normalise_label(cell)
        if label in self._exact:
            return Match(self._exact[label])
        bare, unit = self._split(label)
        if unit is None or bare not in self._bare:
            return None
        column, expected = self._bare[bare]
        return Match(column) if unit.name == expected else Match(column, stated=unit.name)

    def unit_spelling(self, column: Column) -> str:
        """The unit of `column` as the contract writes it, for a sentence."""
        return next(spelling for spelling, unit in self._units.items() if unit.name == column.unit)

    def lacks_unit(self, cell: str) -> str | None:
        """The column whose label `cell` would be if it stated the unit."""
        found = self._bare.get(normalise_label(cell))
        return found[0] if found else None

    def contradictions(self, line: str) -> list[Column]:
        """The columns whose unit a line such as `单位：万元` above the header contradicts."""
        found = _UNIT_LINE.search(unicodedata.normalize("NFKC", line))
        if not found:
            return []
        stated: dict[str, set[str]] = {}
        for word in _BETWEEN_UNITS.split(found[1]):
            if unit := self._units.get(normalise_label(word)):
                stated.setdefault(unit.dimension, set()).add(unit.name)
        dimension_of = {unit.name: unit.dimension for unit in self._units.values()}
        return [
            column
            for column in self.feed.columns.values()
            if column.unit and (named := stated.get(dimension_of[column.unit])) and column.unit not in named
        ]


@dataclass(frozen=True)
class Header:
    """A header row as found: `cells` in order, what each means, and the lines above it."""

    labels: Labels
    row: int  # Excel's number, from 1
    cells: tuple[str, ...]
    matches: tuple[Match | None, ...]
    above: tuple[tuple[int, str], ...]

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """Column name → the places (from 0) where a cell names it with the contract's unit, or none."""
        places: dict[str, list[int]] = {}
        for place, match in enumerate(self.matches):
            if match and match.stated is None:
                places.setdefault(match.column, []).append(place)
        return places

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
        """Labels beyond the contract, as delivered."""
        return [
            cell.strip()
            for cell, match in zip(self.cells, self.matches, strict=True)
            if cell.strip() and not match
        ]

    def refusal(self) -> RefusalError | None:
        """Why this header does not fit the feed; None if it does."""
        if len(self.cells) > MOST_COLUMNS:
            return RefusalError(
                f"表中有{len(self.cells)}列，列数过多。", "请删除数据区域以外的列后重新提交。"
            )
        columns = self.labels.feed.columns
        wrong_unit = {
            match.column: self.cells[place].strip()
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
        for row, line in self.above:
            if contradicted := self.labels.contradictions(line):
                named = "、".join(f"「{column.label}」" for column in contradicted[:3])
                unit = self.labels.unit_spelling(contradicted[0])
                return RefusalError(
                    f"计量单位与要求不一致：第{row}行写“{line.strip()}”，而{named}等列的单位应为{unit}。",
                    "请按要求的单位换算数字并修改单位说明后重新提交；系统不会代为换算。",
                )
        twice = [name for name, places in self.positions.items() if len(places) > 1]
        if twice:
            named = "、".join(f"「{columns[name].label}」" for name in twice)
            return RefusalError(
                f"表头（第{self.row}行）中有重复的列：{named}。", "请每列只保留一个后重新提交。"
            )
        missing = [c for c in columns.values() if c.name not in self.positions and not c.may_be_absent]
        if missing:
            named = "、".join(f"「{column.label}」" for column in missing)
            bare = {found: cell.strip() for cell in self.cells if (found := self.labels.lacks_unit(cell))}
            hints = [f"“{bare[c.name]}”应写成「{c.label}」" for c in missing if c.name in bare]
            hint = f"（{'；'.join(hints)}）" if hints else ""
            return RefusalError(
                f"表头（第{self.row}行）缺少列：{named}{hint}。",
                "请补齐所缺的列（可以为空的列也要保留表头）后重新提交。",
            )
        return None


def find_header(rows: Sequence[Sequence[str]], labels: Labels) -> Header | None:
    """The row of `rows` (a sheet's first `HEAD_ROWS`, from row 1) with most labels; None if none has two."""
    best: Header | None = None
    for number, cells in enumerate(rows[:HEAD_ROWS], start=1):
        matches = tuple(labels.match(cell) if cell else None for cell in cells[:MOST_COLUMNS])
        matches += (None,) * (len(cells) - len(matches))
        header = Header(labels, number, tuple(cells), matches, above=())
        if header.found >= FEWEST_LABELS and (best is None or header.found > best.found):
            best = header
    if best is None:
        return None
    above = tuple(
        (number, cell) for number, cells in enumerate(rows[: best.row - 1], start=1) for cell in cells if cell
    )
    return Header(labels, best.row, best.cells, best.matches, above)


def no_header(where: str = "") -> RefusalError:
    """The refusal of a file in which no row looks like the feed's header."""
    return RefusalError(
        f"{where}前{HEAD_ROWS}行中没有找到表头。",
        "请使用模板的表头（中文列名或英文列名均可）后重新提交。",
    )
