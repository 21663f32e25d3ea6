"""Rows of a sheet, written together: xlsxwriter writes cell by cell, which takes many times as long.

Belongs here: how columns of values become the cells of a sheet of xlsxwriter, and nothing else of a workbook
(`workbooks`). A sheet shows what xlsxwriter would write by itself, its numbers with every digit they have;
of a workbook that has no path, whose cells come in any order, it leaves them to xlsxwriter.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from orchestration.terminal import shown

Values: TypeAlias = "pa.Array | Sequence[Any]"  # of a column: as Arrow, or one by one
Cell = str | bool | date | float | Decimal

_LONGEST_CELL = 32_767  # units of UTF-16 that a cell of .xlsx holds
_NEEDS_CARE = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x|\A\s|\s\Z")  # to stand in XML as it is
# What that finds and what cannot be seen, for Arrow.
_MAY_NEED_CARE = r"[&<>\p{C}\x{fffe}\x{ffff}]|[^\P{Z} ]|_x|^ | $"
_DAY_ZERO = 25_568  # days from the 31st of December 1899 to the 1st of January 1970
_LEAP_DAY = 59  # a 29th of February 1900, which there was not, is counted from here on


class Part(io.StringIO):
    """A file of a workbook in memory: what xlsxwriter writes as text, as the bytes that it will be."""

    def __init__(self) -> None:
        super().__init__()
        self.data = io.BytesIO()

    def write(self, text: str) -> int:
        """Add a text."""
        return self.data.write(text.encode())

    def getvalue(self) -> bytes:  # type: ignore[override]
        """All that was written."""
        return self.data.getvalue()


class RowSheet(Worksheet):
    """A sheet that takes rows, and keeps them as they will be in the file: of a county some megabytes."""

    previous_row: int
    fh: Any
    row_data_fh: Any

    def _initialize(self, init_data: Mapping[str, Any]) -> None:
        """Put the rows where xlsxwriter would have a temporary file of its own."""
        super()._initialize({**init_data, "constant_memory": False})
        if init_data["constant_memory"]:
            self.constant_memory = True
            self.row_data_fh = self.fh = Part()

    def _opt_close(self) -> None:
        """There is no such file to be closed."""

    def _opt_reopen(self) -> None:
        self.fh = self.row_data_fh

    def write_rows(
        self,
        first: int,
        columns: Sequence[Values],
        styles: Sequence[Format],
        heights: Mapping[int, float],
        *,
        blanks: bool,
    ) -> None:
        """Write rows one below the other from the row `first` on, given as columns, each in its style: text
        as text, whatever it begins with, truth as 是 or 否, days, numbers; with `blanks`, None as a blank
        cell in its style. `heights` says, in points, how high rows are, by their place, that are not as the
        others. ValueError for a number that is none."""
        count = len(columns[0])
        if not self.constant_memory:
            for place, height in heights.items():
                self.set_row(first + place, height)
            for place, (values, style) in enumerate(zip(columns, styles, strict=True)):
                for line, value in enumerate(one_by_one(values), start=first):
                    self._write_one(line, place, value, style, blanks)
        elif count:
            numbers = pc.cast(pa.array(range(first + 1, first + count + 1)), pa.string())
            cells = [
                self._cells(values, xl_col_to_name(place), style._get_xf_index(), numbers, blanks)
                for place, (values, style) in enumerate(zip(columns, styles, strict=True))
            ]
            self._put(first, count, len(columns) - 1, self._rows(first, numbers, heights, cells))

    def _write_one(self, line: int, place: int, value: Cell | None, style: Format, blanks: bool) -> None:
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

    def _rows(
        self, first: int, numbers: pa.Array, heights: Mapping[int, float], cells: Sequence[pa.Array]
    ) -> pa.Array:
        """The rows as XML."""
        head_of = {height: self._head(first, height) for height in {None, *heights.values()}}
        heads = head_of[None]
        if heights:
            heads = pa.array([head_of[heights.get(place)] for place in range(len(numbers))], pa.string())
        return _joined('<row r="', numbers, heads, *cells, "</row>", left_out="")

    def _head(self, line: int, height: float | None) -> str:
        """How a row of a height begins, after its number."""
        if height is not None:
            self.set_row(line, height)
        file, self.fh = self.fh, io.StringIO()
        self._write_row(line, None, self.row_info.pop(line, None))
        head: str
        head, self.fh = self.fh.getvalue(), file
        return head.removeprefix(f'<row r="{line + 1}')

    def _put(self, first: int, count: int, last_column: int, rows: pa.Array) -> None:
        """Write out the row before, then these."""
        self._check_dimensions(first, 0)
        self._check_dimensions(first + count - 1, last_column)
        if first > self.previous_row:
            self._write_single_row(first)
        _, _, text = rows.buffers()
        self.fh.data.write(memoryview(text)[: pc.sum(pc.binary_length(rows)).as_py()])
        self.previous_row = first + count

    def _write_optimized_sheet_data(self) -> None:
        """Copy the rows into the sheet, as bytes."""
        if self.dim_rowmin is None:
            super()._write_optimized_sheet_data()
            return
        self._xml_start_tag("sheetData")
        self.fh.data.write(self.row_data_fh.data.getbuffer())
        self.row_data_fh = None
        self._xml_end_tag("sheetData")

    def _cells(self, values: Values, letters: str, style: int, numbers: pa.Array, blanks: bool) -> pa.Array:
        """The cells of a column as XML, null for none."""
        contents = self._contents(values)
        if blanks:
            contents = pc.fill_null(contents, "/>")
        return _joined(f'<c r="{letters}', numbers, f'" s="{style}"', contents)

    def _contents(self, values: Values) -> pa.Array:
        """What stands in the cells of a column, from after their style to their end; null for none."""
        if not isinstance(values, pa.Array) or not _is_simple(values.type):
            return pa.array([self._content(value) for value in one_by_one(values)], pa.string())
        if pa.types.is_string(values.type):
            return self._texts(values)
        if pa.types.is_boolean(values.type):
            return pc.if_else(values, *(_inline(f"<t>{_truth(truth)}</t>") for truth in (True, False)))
        if pa.types.is_date32(values.type):
            days = pc.add(values.cast(pa.int32()), _DAY_ZERO)
            values = pc.if_else(pc.greater(days, _LEAP_DAY), pc.add(days, 1), days)
        elif pa.types.is_floating(values.type) and pc.any(pc.invert(pc.is_finite(values))).as_py():
            raise ValueError("A number is none that a cell can hold.")
        return _joined("><v>", values.cast(pa.string()), "</v></c>")

    def _texts(self, values: pa.StringArray) -> pa.Array:
        cells = _joined(' t="inlineStr"><is><t>', values, "</t></is></c>")
        careful = pc.fill_null(
            pc.or_(
                pc.match_substring_regex(values, _MAY_NEED_CARE),
                pc.greater(pc.binary_length(values), _LONGEST_CELL // 2),
            ),
            False,
        )
        if not pc.any(careful).as_py():
            return cells
        written = [self._content(value) for value in values.filter(careful).to_pylist()]
        return pc.replace_with_mask(cells, careful, pa.array(written, pa.string()))

    def _content(self, value: Cell | None) -> str | None:
        if value is None:
            return None
        if isinstance(value, bool):
            return _inline(f"<t>{_truth(value)}</t>")
        if isinstance(value, str):
            return _inline(self._text(value))
        figure = self._convert_date_time(value) if isinstance(value, date) else value
        if not math.isfinite(figure):
            raise ValueError(f"{figure} is no number that a cell can hold.")
        return f"><v>{str(figure).removesuffix('.0')}</v></c>"

    def _text(self, value: str) -> str:
        text = _whole(value)
        if not _NEEDS_CARE.search(text):
            return f"<t>{text}</t>"
        keep = ' xml:space="preserve"' if text != text.strip() else ""
        return f"<t{keep}>{self._escape_data(self._escape_control_characters(text))}</t>"


def _is_simple(of_type: pa.DataType) -> bool:
    """Whether the cells of a column of this type are written together."""
    types = pa.types
    return bool(
        types.is_string(of_type)
        or types.is_boolean(of_type)
        or types.is_date32(of_type)
        or types.is_integer(of_type)
        or types.is_floating(of_type)
    )


def one_by_one(values: Values) -> Sequence[Any]:
    """The values of a column as a list."""
    return values.to_pylist() if isinstance(values, pa.Array) else values


def as_values(values: Sequence[Any]) -> Values:
    """A list as the values of a column: as Arrow where all are of a type that is written together."""
    kinds = {type(value) for value in values} - {type(None)}
    return pa.array(values) if len(kinds) == 1 and kinds <= {str, bool, date, int, float} else values


def _joined(*parts: pa.Array | str, left_out: str | None = None) -> pa.Array:
    """Texts joined row by row; null where one of them is, unless it is `left_out` by another text."""
    if left_out is None:
        return pc.binary_join_element_wise(*parts, "")
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement=left_out)


def _inline(text: str) -> str:
    return f' t="inlineStr"><is>{text}</is></c>'


def _truth(value: bool) -> str:
    return "是" if value else "否"


def _whole(value: str) -> str:
    """A text as it is shown, as far as a cell holds it."""
    text = shown(value)
    if len(text) <= _LONGEST_CELL // 2:
        return text
    return text.encode("utf-16-le")[: 2 * _LONGEST_CELL].decode("utf-16-le", "ignore")
