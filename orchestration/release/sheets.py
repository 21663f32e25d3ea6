"""How a workbook of a release looks: fonts, headers, number formats, filters, print set-up.

Belongs here: writing tables so that they read and print well. Does not: what they hold (`workbook`, `changes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

_FONT = "Microsoft YaHei"  # on every Windows and WPS; elsewhere the reader takes its own Chinese font
_A4 = 9
_MARGIN = 0.4  # inch
_LONGEST_CELL = 32_767  # what a cell of .xlsx holds
_PRINTED = {False: 7.4 * 96, True: 10.8 * 96}  # pixels between the margins of A4, upright and landscape
_CLASS_COLOURS = {"A": "#C6EFCE", "B": "#DDEBF7", "C": "#FFF2CC", "D": "#F8CBAD"}


@dataclass(frozen=True)
class Column:
    """A column of a sheet: what stands above it, and how its cells are shown.

    `figure` is the number format, of a column of numbers. `words` gives the text for a code. `band` is a
    header above this one, shared with the neighbours that have it too.
    """

    label: str
    unit: str | None = None
    figure: str | None = None
    width: float = 10
    words: Mapping[Any, str] = field(default_factory=dict)
    band: str = ""
    wrap: bool = False

    @property
    def heading(self) -> str:
        return f"{self.label}\n（{self.unit}）" if self.unit else self.label


@dataclass(frozen=True)
class Table:
    """A sheet that holds one table.

    `frozen` columns stay in view. `page_per` is the place of the column whose every value begins a new page,
    `classes` that of the column of classes A to D, to be coloured. The last row is a `total`, outside the filter.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    frozen: int = 0
    landscape: bool = True
    page_per: int | None = None
    classes: int | None = None
    total: bool = False
    colour: str = "#5B9BD5"


class Book:
    """A workbook in the making. Text is written as text: what begins with =, +, - or @ never runs."""

    def __init__(self, path: Path, *, title: str, created: datetime, mark: str = "") -> None:
        """`title` and `mark` stand on every printed page; `created` is the time that the file tells."""
        import xlsxwriter

        self.book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "default_format_properties": {"font_name": _FONT, "font_size": 10, "valign": "vcenter"},
            },
        )
        self.book.set_properties({"title": title, "author": "mujun", "created": created})
        self._title = title
        self._mark = mark
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def style(self, **properties: Any) -> Any:
        """The cell format with these properties, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(properties)
        return self._formats[key]

    def sheet(self, name: str, *, landscape: bool, colour: str) -> Any:
        """An empty sheet of A4 with this book's print set-up, as wide as one page."""
        sheet = self.book.add_worksheet(name)
        sheet.set_tab_color(colour)
        sheet.set_paper(_A4)
        sheet.set_margins(left=_MARGIN, right=_MARGIN, top=0.7, bottom=0.6)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L&9{self._title}&R&9{name}".replace("&&", "&"))
        sheet.set_footer(f"&L&9{self._mark}&R&9第 &P 页，共 &N 页")
        return sheet

    def add(self, table: Table) -> None:
        """Add a sheet that holds `table`."""
        sheet = self.sheet(table.name, landscape=table.landscape, colour=table.colour)
        columns = table.columns
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        top = self._head(sheet, columns)
        last, pages = self._body(sheet, table, top)
        sheet.freeze_panes(top, table.frozen)
        sheet.repeat_rows(0, top - 1)
        sheet.autofilter(top - 1, 0, max(last - table.total, top - 1), len(columns) - 1)
        sheet.hide_gridlines(0)  # printed too: they part the rows without a border on every cell
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{max(last, top) + 1}"})
        if table.classes is not None:
            self._colour_classes(sheet, top, max(last, top), table.classes)
        if pages:
            # Excel passes over page breaks where a sheet is fitted to the page: scale it instead.
            sheet.fit_page = False
            needed = sum(7 * column.width + 5 for column in columns)
            sheet.set_print_scale(min(100, int(100 * _PRINTED[table.landscape] / needed)))
            sheet.set_h_pagebreaks(pages)

    def close(self) -> None:
        self.book.close()

    def _head(self, sheet: Any, columns: Sequence[Column]) -> int:
        """Write the header; returns the first row below it."""
        style = {"bold": True, "bg_color": "#DDEBF7", "border": 1, "border_color": "#9BC2E6"}
        head = self.style(**style, align="center", text_wrap=True)
        banded = any(column.band for column in columns)
        if banded:
            sheet.set_row(0, 20)
            first = 0
            for place in range(1, len(columns) + 1):
                if place == len(columns) or columns[place].band != columns[first].band:
                    band = columns[first].band
                    if band and place - first > 1:
                        sheet.merge_range(0, first, 0, place - 1, "", head)
                    for blank in range(first + 1, place) if not band else ():
                        sheet.write_blank(0, blank, None, head)
                    sheet.write_string(0, first, band, head)
                    first = place
        row = 1 if banded else 0
        sheet.set_row(row, 34)
        for place, column in enumerate(columns):
            sheet.write_string(row, place, column.heading, head)
        return row + 1

    def _body(self, sheet: Any, table: Table, top: int) -> tuple[int, list[int]]:
        """Write the rows; returns the last one, and those before which a page ends."""
        styles = [self._cell(column) for column in table.columns]
        words = [column.words for column in table.columns]
        heavy = [self._cell(column, bold=True) for column in table.columns] if table.total else styles
        rows = list(table.rows)
        pages = []
        write_string, write_number = sheet.write_string, sheet.write_number
        for number, row in enumerate(rows):
            line = top + number
            if (
                table.page_per is not None
                and number
                and row[table.page_per] != rows[number - 1][table.page_per]
            ):
                pages.append(line)
            formats = heavy if number == len(rows) - 1 else styles
            for place, value in enumerate(row):
                if value is None:
                    continue
                if words[place]:
                    value = words[place].get(value, value)
                if isinstance(value, str):
                    write_string(line, place, value[:_LONGEST_CELL], formats[place])
                else:
                    write_number(line, place, value, formats[place])
        return top + len(rows) - 1, pages

    def _cell(self, column: Column, **more: Any) -> Any:
        if column.figure:
            more["num_format"] = column.figure
        if column.wrap:
            more |= {"text_wrap": True, "valign": "top"}
        return self.style(**more)

    def _colour_classes(self, sheet: Any, first: int, last: int, place: int) -> None:
        for name, colour in _CLASS_COLOURS.items():
            rule = {
                "type": "cell",
                "criteria": "==",
                "value": f'"{name}"',
                "format": self.style(bg_color=colour),
            }
            sheet.conditional_format(first, place, last, place, rule)
