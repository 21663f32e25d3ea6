"""Rows of a sheet, written whole: xlsxwriter writes cell by cell, which takes six times as long.

Belongs here: how a row of values becomes the cells of a sheet of xlsxwriter, and nothing else of a workbook
(`workbooks`). It holds to what xlsxwriter does by itself, cell for cell; where a workbook is kept in memory,
it leaves the cells to xlsxwriter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from orchestration.terminal import shown

_LONGEST_CELL = 32_767  # units of UTF-16 that a cell of .xlsx holds
Columns = Sequence[tuple[str, Format]]  # the letters of each, and its style
_NEEDS_CARE = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x|\A\s|\s\Z")  # to stand in XML as it is


class RowSheet(Worksheet):
    """A sheet that takes rows."""

    previous_row: int

    def write_rows(
        self,
        first: int,
        rows: Iterable[Sequence[Any]],
        styles: Sequence[Format],
        *,
        blanks: bool,
    ) -> None:
        """Write `rows` one below the other from the row `first` on, each cell in the style of its column:
        text as text, whatever it begins with, truth as 是 or 否, days, numbers; with `blanks`, None as a
        blank cell in its style. ValueError for a number that is none."""
        write = self._write_composed if self.constant_memory else self._write_singly
        columns = [(xl_col_to_name(place), style) for place, style in enumerate(styles)]
        for line, row in enumerate(rows, start=first):
            write(line, row, columns, blanks)

    def _write_singly(self, line: int, row: Sequence[Any], columns: Columns, blanks: bool) -> None:
        for place, (value, (_, style)) in enumerate(zip(row, columns, strict=True)):
            if value is None:
                if blanks:
                    self.write_blank(line, place, None, style)
            elif isinstance(value, bool):
                self.write_string(line, place, _truth(value), style)
            elif isinstance(value, str):
                self.write_string(line, place, _whole(value), style)
            elif isinstance(value, date):
                self.write_datetime(line, place, value, style)
            else:
                self.write_number(line, place, value, style)

    def _write_composed(self, line: int, row: Sequence[Any], columns: Columns, blanks: bool) -> None:
        number = line + 1
        cells = []
        for value, (letters, style) in zip(row, columns, strict=True):
            if value is None and not blanks:
                continue
            cell = f'<c r="{letters}{number}" s="{style._get_xf_index()}"'
            if value is None:
                cells.append(f"{cell}/>")
            elif isinstance(value, bool):
                cells.append(f'{cell} t="inlineStr"><is><t>{_truth(value)}</t></is></c>')
            elif isinstance(value, str):
                cells.append(f'{cell} t="inlineStr"><is>{self._text(value)}</is></c>')
            else:
                figure = self._convert_date_time(value) if isinstance(value, date) else value
                if not math.isfinite(figure):
                    raise ValueError(f"{figure} is no number that a cell can hold.")
                cells.append(f"{cell}><v>{figure:.16G}</v></c>")
        self._put(line, len(row) - 1, "".join(cells))

    def _put(self, line: int, last: int, cells: str) -> None:
        """Write out the row before, then this one."""
        self._check_dimensions(line, 0)
        self._check_dimensions(line, last)
        if line > self.previous_row:
            self._write_single_row(line)
        if cells:
            self._write_row(line, None, self.row_info.get(line))
            self.fh.write(f"{cells}</row>")
            self.previous_row = line + 1

    def _text(self, value: str) -> str:
        text = _whole(value)
        if not _NEEDS_CARE.search(text):
            return f"<t>{text}</t>"
        keep = ' xml:space="preserve"' if text != text.strip() else ""
        return f"<t{keep}>{self._escape_data(self._escape_control_characters(text))}</t>"


def _truth(value: bool) -> str:
    return "是" if value else "否"


def _whole(value: str) -> str:
    """A text as it is shown, as far as a cell holds it."""
    text = shown(value)
    if len(text) <= _LONGEST_CELL // 2:
        return text
    return text.encode("utf-16-le")[: 2 * _LONGEST_CELL].decode("utf-16-le", "ignore")
