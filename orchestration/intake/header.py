"""Finding a feed's columns in the head of a sheet.

Belongs here: which row is the header, which column is which, and what the head says about units. Does not:
opening files (`csv_file`, `workbook`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from orchestration.intake.contract import Column, Feed, Unit, normalise_label
from orchestration.intake.faults import shown
from orchestration.intake.refusal import RefusalError

HEAD_ROWS = 30  # the header is among these
FEWEST_LABELS = 2
LONGEST_LABEL = 200
LONGEST_LINE = 1000
MOST_COLUMNS = 2000

_BRACKETED = re.compile(r"(.+?)[(\[【〔{](?:单位:)?([^()\[\]【】〔〕{}]+)[)\]】〕}]")
_BETWEEN_UNITS = re.compile(r"[\s:,;、/和及()\[\]【】〔〕{}]+")
_SPREAD_UNIT = re.compile(r"(?<=[百千万亿平公])\s+(?=[千万亿元吨亩平方公米顷里斤])")  # 万 元
_IN_BRACKETS = re.compile(r"[(\[【〔{]([^()\[\]【】〔〕{}]+)[)\]】〕}]")
_AROUND_UNIT = re.compile(r"^(?:以|按|为|是)|(?:为单位|计)$|人民币")


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
            for name in (column.label, *column.also, column.name):
                self._exact[normalise_label(name)] = column.name
                bare, unit = self._split(normalise_label(name))
                self._bare[bare] = (column.name, column.unit or (unit.name if unit else None))

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

    def contradictions(self, cells: Sequence[str]) -> list[Column]:
        """The columns whose unit a row above the header contradicts, such as `单位：万元` or `（万元）`."""
        stated: dict[str, set[str]] = {}
        for unit in self._stated(cells):
            stated.setdefault(unit.dimension, set()).add(unit.name)
        dimension_of = {unit.name: unit.dimension for unit in self._units.values()}
        return [
            column
            for column in self.feed.columns.values()
            if column.unit and (named := stated.get(dimension_of[column.unit])) and column.unit not in named
        ]

    def _stated(self, cells: Sequence[str]) -> Iterator[Unit]:
        """The units that a row states: after the word 单位, as 以万元为单位, in brackets or as a cell."""
        lines = [unicodedata.normalize("NFKC", cell[:LONGEST_LINE]) for cell in cells]
        texts = [_SPREAD_UNIT.sub("", line).strip() for line in lines]
        before, found, after = " ".join(texts).partition("单位")
        words = _BETWEEN_UNITS.split(after)
        if found:
            words += re.findall(r"(?:以|按)([^以按]+?)为$", before)
        words += [word for text in texts for word in _IN_BRACKETS.findall(text)]
        words += [text for text in texts if len(text) > 1]  # a title may be spread over cells: 年, 度
        for word in words:
            if unit := self._units.get(normalise_label(_AROUND_UNIT.sub("", word.strip()))):
                yield unit

    def contradicted_below(self, matches: Sequence[Match | None], cells: Sequence[str]) -> Column | None:
        """The first column under whose label stands, in the row below the header, another unit alone."""
        for match, cell in zip(matches, cells, strict=False):
            column = self.feed.columns[match.column] if match else None
            if column and column.unit:
                word = unicodedata.normalize("NFKC", cell).strip().strip("()[]【】〔〕{}")
                unit = self._units.get(normalise_label(_AROUND_UNIT.sub("", word)))
                if unit and unit.name != column.unit:
                    return column
        return None


@dataclass(frozen=True)
class Header:
    """A header row as found: `cells` in order, what each means, the rows above it and the one below."""

    labels: Labels
    row: int  # Excel's number, from 1
    cells: tuple[str, ...]
    matches: tuple[Match | None, ...]
    above: tuple[tuple[str, ...], ...] = ()
    below: tuple[str, ...] = ()

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
            if contradicted := self.labels.contradictions(cells):
                return self._wrong_unit(row, cells, contradicted)
        if column := self.labels.contradicted_below(self.matches, self.below):
            return self._wrong_unit(self.row + 1, self.below, [column])
        twice = [name for name, places in self.positions.items() if len(places) > 1]
        if twice:
            named = "、".join(f"「{columns[name].label}」" for name in twice)
            return RefusalError(
                f"表头（第{self.row}行）中有重复的列：{named}。", "请每列只保留一个后重新提交。"
            )
        missing = [c for c in columns.values() if c.name not in self.positions and not c.may_be_absent]
        if missing:
            named = "、".join(f"「{column.label}」" for column in missing)
            bare = {
                found: shown(" ".join(cell.split()))
                for cell in self.cells
                if (found := self.labels.lacks_unit(cell))
            }
            hints = [f"“{bare[c.name]}”应写成「{c.label}」" for c in missing if c.name in bare]
            hint = f"（{'；'.join(hints)}）" if hints else ""
            return RefusalError(
                f"表头（第{self.row}行）缺少列：{named}{hint}。",
                "请补齐所缺的列（可以为空的列也要保留表头）后重新提交。",
            )
        return None

    def _wrong_unit(self, row: int, cells: Sequence[str], columns: Sequence[Column]) -> RefusalError:
        """The refusal of a row beside the header that states another unit than `columns` have."""
        said = shown("  ".join(filter(None, map(str.strip, cells))))
        named = "、".join(f"「{column.label}」" for column in columns[:3])
        unit = self.labels.unit_spelling(columns[0])
        return RefusalError(
            f"计量单位与要求不一致：第{row}行写“{said}”，而{named}等列的单位应为{unit}。",
            "请按要求的单位换算数字并修改单位说明后重新提交；系统不会代为换算。",
        )


def find_header(rows: Sequence[Sequence[str]], labels: Labels) -> Header | None:
    """The row with most labels among the first `HEAD_ROWS` of `rows` (from row 1); None if none has two.

    `rows` should hold one row more, which may state units below the last of those.
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
    below = tuple(rows[best.row]) if best.row < len(rows) else ()
    return replace(best, above=above, below=below)


def no_header(where: str = "") -> RefusalError:
    """The refusal of a file in which no row looks like the feed's header."""
    return RefusalError(
        f"{where}前{HEAD_ROWS}行中没有找到表头。",
        "请使用模板的表头（中文列名或英文列名均可）后重新提交。",
    )
