"""The one way to write a workbook: fonts, headers, number formats, filters, drop-downs, print set-up.

Belongs here: writing tables and forms so that they read, fill in and print well. Does not: what they hold
(`presentation`, `intake.receipts`, `intake.templates`).
"""

from __future__ import annotations

import io
import itertools
import re
from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter.workbook
from xlsxwriter.packager import Packager
from xlsxwriter.utility import xl_col_to_name

from orchestration.archives import Archive
from orchestration.sheet_rows import Part, RowSheet, Values, as_values, one_by_one

xlsxwriter.workbook.ZipFile = Archive  # it offers no choice of how it compresses

_FONT = "Microsoft YaHei"  # on every Windows and WPS; elsewhere the reader takes its own Chinese font
_A4 = 9
_BLOCK = 5_000  # rows that are written together
_HIGHEST_ROW = 408  # points; Excel shows none higher
_TAB = "#5B9BD5"
_HEAD, _FIXED = "#DDEBF7", "#F2F2F2"  # grounds: of a header, of a cell that is not to be written
_CLASS_COLOURS = {"A": "#C6EFCE", "B": "#DDEBF7", "C": "#FFF2CC", "D": "#F8CBAD"}


# Chinese characters, each of which may begin a line, or what stays on one: letters and digits up to a space
# or a slash.
_PIECES = re.compile(r"[^\x00-\x7f]+|[^\x80-\U0010ffff /]*[ /]?")


def wide(text: str) -> int:
    """How many Latin characters wide a text is: a Chinese one counts twice."""
    return len(text) if text.isascii() else 2 * len(text) - len(text.encode("ascii", "ignore"))


def _room(width: float) -> int:
    """What has room on a line of a cell of `width` characters: in another font than ours it is less, the more
    so the longer it is."""
    return int(width - 1 - width // 12)


@lru_cache(maxsize=1 << 14)  # names come again on every sheet
def lines_of(text: str, width: float) -> int:
    """How many lines `text` takes in a cell of `width` characters."""
    room, lines = _room(width), 0
    if "\n" not in text and wide(text) <= room:
        return 1
    for line in text.split("\n"):
        taken = left = 0
        for piece in filter(None, _PIECES.findall(line)):
            # How many of how wide stand undivided; how many of them on a line, and past the one begun.
            count, size = (1, len(piece)) if piece.isascii() else (len(piece), 2)
            if size > room:
                begun = -(-size // room)
                left = begun * room - size
            elif (further := count - left // size) > 0:
                begun = -(-further // (room // size))
                left = room - size * (further - (begun - 1) * (room // size))
            else:
                begun = 0
                left -= count * size
            taken += begun
        lines += max(taken, 1)
    return lines


def height_of(lines: int) -> float:
    """The height of a row that holds `lines` lines, in points."""
    return min(4 + 14 * lines, _HIGHEST_ROW)


class Blocks(Collection[Sequence[Any]]):
    """Rows that are had as columns, some thousand at a time."""

    @abstractmethod
    def blocks(self) -> Iterator[Sequence[Values]]:
        """The columns of each block."""

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for block in self.blocks():
            yield from zip(*map(one_by_one, block), strict=True)

    def __contains__(self, row: object) -> bool:
        return any(row == one for one in self)


def _in_blocks(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Values]]:
    """Rows as columns, some thousand at a time."""
    remaining = iter(rows)
    while some := list(itertools.islice(remaining, _BLOCK)):
        yield [as_values(list(column)) for column in zip(*some, strict=True)]


def _in_words(values: Values, words: Mapping[Any, str]) -> Values:
    """The values of a column, codes as what they are called."""
    if not words:
        return values
    if isinstance(values, pa.StringArray):
        coded = values.dictionary_encode()
        called = [words.get(code, code) for code in coded.dictionary.to_pylist()]
        return pa.array(called, pa.string()).take(coded.indices)
    return [value if value is None else words.get(value, value) for value in values]


def _long(values: Values, room: int) -> Iterator[tuple[int, str]]:
    """The texts of a column that may take more than a line, each with its place."""
    if isinstance(values, pa.StringArray):
        may = pc.or_(pc.greater(pc.utf8_length(values), room // 2), pc.match_substring(values, "\n"))
        places = pc.indices_nonzero(pc.fill_null(may, False))
        yield from zip(places.to_pylist(), values.take(places).to_pylist(), strict=True)
    else:
        yield from ((place, text) for place, text in enumerate(values) if text)


def _heights(block: Sequence[Values], columns: Sequence[Column]) -> Mapping[int, float]:
    """The heights of the rows of a block that take more than a line, by their place."""
    lines: dict[int, int] = {}
    for values, column in zip(block, columns, strict=True):
        if column.wrap:
            for place, text in _long(values, _room(column.width)):
                if (taken := lines_of(text, column.width)) > lines.get(place, 1):
                    lines[place] = taken
    return {place: height_of(taken) for place, taken in lines.items()}


@dataclass(frozen=True)
class Column:
    """A column of a sheet: what stands above it, and how its cells are shown.

    `figure` is the number format, of a column of numbers. `words` gives the text for a code. `band` is a
    header above this one, shared with the neighbours that have it too; `note` is a comment on the header, and
    `colour` its ground.

    A column to fill in: `choices` is a drop-down, a list or the formula of a range; `rule` is any other
    validation of xlsxwriter. `editable` cells can be written in a protected table.
    """

    label: str
    unit: str | None = None
    figure: str | None = None
    width: float = 10
    words: Mapping[Any, str] = field(default_factory=dict)
    band: str = ""
    wrap: bool = False
    centred: bool = False
    note: str = ""
    colour: str = _HEAD
    choices: Sequence[str] | str = ()
    rule: Mapping[str, Any] | None = None
    editable: bool = False

    @property
    def heading(self) -> str:
        """What stands above the column: its label, and its unit on a line of its own."""
        return f"{self.label}\n（{self.unit}）" if self.unit else self.label


@dataclass(frozen=True)
class Table:
    """A sheet that holds one table.

    `frozen` columns stay in view. A line parts the rows where the value in the column at `parted_by` changes.
    The column at `classes` is coloured by its classes A to D.
    With `total`, the last row is one, outside the filter. `above` and `below` are lines over the header and
    under the rows. A table to fill in has `blank_rows` below its rows, and no filter; with `examples`, its
    rows only show how. Where it is `protected`, nothing but editable cells can be written: they are white,
    all others grey.
    """

    name: str
    columns: Sequence[Column]
    rows: Collection[Sequence[Any]]
    frozen: int = 0
    landscape: bool = True
    parted_by: int | None = None
    classes: int | None = None
    total: bool = False
    colour: str = _TAB
    about: str = ""  # what the cover says of it
    above: str = ""
    below: str = ""
    blank_rows: int = 0
    examples: bool = False
    protected: bool = False


class _Workbook(xlsxwriter.workbook.Workbook):
    """A workbook of xlsxwriter whose parts are made in memory: a county's takes some megabytes, and to write
    and read a temporary file for each would take a fifth of the time."""

    def _get_packager(self) -> Packager:
        self.in_memory = True
        return _Packager()


class _Packager(Packager):
    def _filename(self, xml_filename: str) -> Part:
        self.filenames.append((part := Part(), xml_filename, True))
        return part


class Book:
    """A workbook in the making. Text is written as text: what begins with =, +, - or @ never runs."""

    def __init__(
        self, path: Path | None, *, title: str, created: datetime | None = None, mark: str = "", handling: str
    ) -> None:
        """`path` of the file, None for one in memory. `title` and `mark` stand on every printed page, and
        `handling`: who may have it, blank for what is anybody's. `created` is the time that the file tells,
        now if None."""
        self._memory = io.BytesIO() if path is None else None
        self._book = _Workbook(
            self._memory or str(path),
            {
                # For a file, rows are written in their order, and kept as they will be in it.
                "constant_memory": path is not None,
                "in_memory": path is None,
                "default_format_properties": {"font_name": _FONT, "font_size": 10, "valign": "vcenter"},
            },
        )
        self._book.set_properties(
            {"title": title, "author": "mujun", "category": handling}
            | ({"created": created} if created else {})
        )
        self._title = title
        self._mark = mark
        self._handling = handling
        self._styles: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, **properties: Any) -> Any:
        """The cell format with these properties, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._styles:
            self._styles[key] = self._book.add_format(properties)
        return self._styles[key]

    def sheet(
        self,
        name: str,
        widths: Sequence[float] = (),
        *,
        landscape: bool = False,
        colour: str = _TAB,
        one_page: bool = False,
    ) -> Any:
        """An empty sheet of xlsxwriter, printed on A4, one page wide, and one page in all with `one_page`."""
        sheet = self._book.add_worksheet(name, worksheet_class=RowSheet)
        for number, width in enumerate(widths):
            sheet.set_column(number, number, width)
        sheet.set_default_row(18)
        sheet.fit_to_pages(1, int(one_page))
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.set_tab_color(colour)
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        if landscape:
            sheet.set_landscape()
        small = f'&9&"{_FONT},Regular"'
        bold = f'&9&"{_FONT},Bold"'
        title, place, mark = (text.replace("&", "&&") for text in (self._title, name, self._mark))
        sheet.set_header(f"&L{small}{title}&C{bold}{self._handling}&R{small}{place}")
        # A mark may be as long as the line: what stands in the header already gives way to it.
        below = f"&L{small}{mark}" if mark else f"&C{bold}{self._handling}"
        sheet.set_footer(f"{below}&R{small}第 &P 页，共 &N 页")
        return sheet

    def cover(
        self,
        facts: Sequence[tuple[str, str]],
        counts: Sequence[tuple[str, int]],
        tables: Sequence[Table],
        counted: str = "评价结果",
    ) -> None:
        """Add the cover: title and marks of the book, facts, counts under the heading `counted`, and `tables`
        as the contents."""
        sheet = self.sheet("封面", (3, 18, 12, 62), colour="#1F4E78", one_page=True)
        sheet.hide_gridlines(2)
        label = self.style(font_color="#595959")
        link = self.style(font_color="#0563C1", underline=1)
        figure = self.style(num_format="#,##0", bold=True, align="left")
        heading = self.style(bold=True, font_size=12, font_color="#1F4E78", bottom=2, bottom_color="#1F4E78")
        lines = itertools.count(1)

        def put(text: str, style: Any, height: float = 19) -> int:
            line = next(lines)
            sheet.set_row(line, height)
            sheet.write_string(line, 1, text, style)
            return line

        def section(text: str) -> None:
            next(lines)
            line = put(text, heading, 24)
            for place in (2, 3):
                sheet.write_blank(line, place, None, heading)

        put(self._title, self.style(bold=True, font_size=20, font_color="#1F4E78"), 40)
        for mark in filter(None, (self._mark, self._handling)):
            put(mark, self.style(bold=True, font_size=12, font_color="#C00000"), 24)
        next(lines)
        for name, text in facts:
            sheet.write_string(put(name, label), 2, text)
        section(counted)
        for name, count in counts:
            sheet.write_number(put(name, label), 2, count, figure)
        if tables:
            section("目录")
        for table in tables:
            line = put("", label)
            sheet.write_url(line, 1, f"internal:'{table.name}'!A1", link, table.name)
            sheet.write_string(line, 2, table.about)

    def add(self, table: Table) -> None:
        """Add a sheet that holds `table`: header in view and on every page, filter, as wide as a page."""
        widths = [column.width for column in table.columns]
        sheet = self.sheet(table.name, widths, landscape=table.landscape, colour=table.colour)
        top = self._head(sheet, table)
        self._body(sheet, table, top)
        last = max(top + len(table.rows) - 1, top)
        sheet.freeze_panes(top, table.frozen)
        sheet.repeat_rows(0, top - 1)
        if table.below:
            sheet.write_string(last + 1, 0, table.below)
        if not table.blank_rows:
            sheet.autofilter(top - 1, 0, last - table.total, len(table.columns) - 1)
        if table.classes is not None:
            self._colour_classes(sheet, top, last, table.classes)
        self._rule_lines(sheet, table, top, last)
        self._to_fill_in(sheet, table, top)

    def close(self) -> bytes:
        """Write the file; returns its bytes where it is one in memory."""
        self._book.close()
        return self._memory.getvalue() if self._memory else b""

    def _head(self, sheet: Any, table: Table) -> int:
        """Write what stands above the rows; returns the first row below it."""
        columns, row = table.columns, 0
        if table.above:
            sheet.set_row(row, 26)
            sheet.write_string(row, 0, table.above, self.style(bold=True, font_size=14))
            row += 1
        look = {"bold": True, "align": "center", "text_wrap": True, "border_color": "#9BC2E6"}
        bands = [column.band for column in columns]
        banded = any(bands)
        if banded:
            # Without a band the two cells look like one; merged they would hinder the filter.
            for place, (band, column) in enumerate(zip(bands, columns, strict=True)):
                if not band:
                    upper = self.style(**look, bg_color=column.colour, top=1, left=1, right=1)
                    sheet.write_blank(row, place, None, upper)
                elif bands.index(band) == place:
                    framed = self.style(**look, bg_color=column.colour, border=1)
                    if bands.count(band) == 1:
                        sheet.write_string(row, place, band, framed)
                    else:
                        sheet.merge_range(row, place, row, place + bands.count(band) - 1, band, framed)
            row += 1
        lines = max(lines_of(column.heading, column.width) for column in columns)
        sheet.set_row(row, height_of(lines) + 4)
        for place, column in enumerate(columns):
            frame = {"bottom": 1, "left": 1, "right": 1} if banded and not column.band else {"border": 1}
            style = self.style(**look, bg_color=column.colour, **frame)
            sheet.write_string(row, place, column.heading, style)
            if column.note:
                size = {"x_scale": 2, "y_scale": max(1, column.note.count("\n") / 3), "author": ""}
                sheet.write_comment(row, place, column.note, size)
        return row + 1

    def _to_fill_in(self, sheet: Any, table: Table, top: int) -> None:
        """What may be written into the cells of a table, and into the blank rows below it."""
        last = top + len(table.rows) + table.blank_rows - 1
        for place, column in enumerate(table.columns):
            rule = dict(column.rule or {})
            if column.choices:
                offered = column.choices if isinstance(column.choices, str) else list(column.choices)
                rule = {"validate": "list", "source": offered}
            if rule and last >= top:
                sheet.data_validation(top, place, last, place, rule)
            if table.blank_rows:
                sheet.set_column(place, place, column.width, self._cell(table, column))
        if table.protected:
            allowed = ("format_columns", "format_rows", "autofilter", "sort")
            sheet.protect("", dict.fromkeys(allowed, True))

    def _body(self, sheet: Any, table: Table, top: int) -> None:
        look = {"italic": True, "font_color": "#7F7F7F"} if table.examples else {}
        styles = [self._cell(table, column, **look) for column in table.columns]
        bold = [self._cell(table, column, bold=True, top=1) for column in table.columns]
        line, total = top, top + len(table.rows) - table.total
        rows = table.rows
        for block in rows.blocks() if isinstance(rows, Blocks) else _in_blocks(rows):
            said = [
                _in_words(values, column.words) for values, column in zip(block, table.columns, strict=True)
            ]
            count = len(said[0])
            ordinary = min(count, total - line)
            for part, look_of in ((slice(ordinary), styles), (slice(ordinary, count), bold)):
                values = [column[part] for column in said]
                sheet.write_rows(
                    line + (part.start or 0),
                    values,
                    look_of,
                    _heights(values, table.columns),
                    blanks=table.protected,
                )
            line += count

    def _cell(self, table: Table, column: Column, **more: Any) -> Any:
        if table.protected and column.editable:
            more["locked"] = False
        elif table.protected:
            more["bg_color"] = _FIXED
        if column.figure:
            more["num_format"] = column.figure
        if column.wrap:
            more |= {"text_wrap": True, "indent": 1}
        if column.centred:
            more["align"] = "center"
        return self.style(**more)

    def _colour_classes(self, sheet: Any, first: int, last: int, place: int) -> None:
        for name, colour in _CLASS_COLOURS.items():
            self._where(
                sheet,
                (first, place, last, place),
                f'={xl_col_to_name(place)}{first + 1}="{name}"',
                bg_color=colour,
            )

    def _rule_lines(self, sheet: Any, table: Table, first: int, last: int) -> None:
        """Lines between the rows, by rules of the sheet: on every cell they would double the file."""
        area = (first, 0, last, len(table.columns) - 1)
        if table.parted_by is not None:
            place = f"${xl_col_to_name(table.parted_by)}"
            changed = f"={place}{first + 1}<>{place}{first}"
            self._where(sheet, area, changed, top=1, top_color="#2F5597", bottom=1, bottom_color="#D9D9D9")
        self._where(sheet, area, "=TRUE", bottom=1, bottom_color="#D9D9D9")

    def _where(self, sheet: Any, area: tuple[int, int, int, int], criteria: str, **properties: Any) -> None:
        style = self._book.add_format(properties)
        sheet.conditional_format(*area, {"type": "formula", "criteria": criteria, "format": style})
