"""Workbooks to fill in: what may be written, what is offered, and that they print on a page."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from orchestration.sheet_rows import Values
from orchestration.workbooks import Blocks, Book, Column, Table

COLUMNS = [
    Column("企业名称", width=30),
    Column("核实结果", width=12, choices=("属实", "有误"), note="请选一项", editable=True),
    Column("核实面积", "平方米", figure="#,##0.00", width=12, editable=True),
]


@pytest.mark.parametrize("name", ["a.xlsx", None], ids=["file", "memory"])
def test_only_the_white_cells_of_a_protected_table_can_be_written(name: str | None, tmp_path: Path) -> None:
    path = tmp_path / name if name else None
    book = Book(path, title="核实表", handling="内部资料")
    book.add(Table("核实", COLUMNS, [["甲厂", None, None]], above="2024年度", protected=True, blank_rows=2))
    book.sheet("空")
    written = book.close()
    sheet = openpyxl.load_workbook(path or io.BytesIO(written))["核实"]
    assert sheet.protection.sheet
    assert [cell.value for cell in sheet[2]] == ["企业名称", "核实结果", "核实面积\n（平方米）"]
    assert [cell.protection.locked for cell in sheet[3]] == [True, False, False]
    assert [cell.fill.fgColor.rgb for cell in sheet[3]] == ["FFF2F2F2", "00000000", "00000000"]
    assert not sheet.column_dimensions["B"].protection.locked  # the blank rows, too
    (rule,) = sheet.data_validations.dataValidation
    assert (str(rule.sqref), rule.formula1) == ("B3:B5", '"属实,有误"')
    assert sheet["B2"].comment.text == "请选一项"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)  # 1 wide, the default
    assert (sheet.oddHeader.left.text, sheet.oddHeader.center.text) == ("核实表", "内部资料")


def test_a_sheet_of_one_page_is_one() -> None:
    book = Book(None, title="答复", handling="")
    book.sheet("答复", (20, 60), one_page=True).write_string(0, 0, "=1+1")
    sheet = openpyxl.load_workbook(io.BytesIO(book.close()))["答复"]
    assert (sheet["A1"].data_type, int(sheet.page_setup.paperSize)) == ("s", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, None)  # 1 and 1, the default


ROWS = [
    ("=1+1", "a", True, date(1900, 2, 28), 7, 0.1 + 0.2),
    (" <甲> & 乙\t", "b", False, date(1900, 3, 1), -3, 34204.0),
    ("长" * 40, "c", None, date(2024, 12, 31), 2**40, 1e-7),
    (None, None, True, None, None, None),
    ("末行", "a", None, None, 0, 5e20),
]
OF_ROWS = [
    Column("名称", width=30, wrap=True),
    Column("代码", words={"a": "甲", "b": "乙"}),
    Column("真假"),
    Column("日期", figure="yyyy-mm-dd"),
    Column("整数"),
    Column("数值"),
]


class Two(Blocks):
    """The rows as they come from a query, in two blocks."""

    def __len__(self) -> int:
        return len(ROWS)

    def blocks(self) -> Iterator[Sequence[Values]]:
        for some in (ROWS[:3], ROWS[3:]):
            yield [pa.array(column) for column in zip(*some, strict=True)]


@pytest.mark.parametrize("rows", [Two(), ROWS], ids=["blocks", "list"])
def test_what_is_written_together_is_what_xlsxwriter_writes(
    rows: Blocks | list[tuple[object, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table("表", OF_ROWS, rows, total=True)
    monkeypatch.setattr("tempfile.mkstemp", None)  # no file but the workbook is made
    file, memory = Book(tmp_path / "a.xlsx", title="", handling=""), Book(None, title="", handling="")
    for book in (file, memory):
        book.add(table)
    file.close()
    ours = openpyxl.load_workbook(tmp_path / "a.xlsx")["表"]
    theirs = openpyxl.load_workbook(io.BytesIO(memory.close()))["表"]
    for our_row, their_row in zip(ours.iter_rows(), theirs.iter_rows(), strict=True):
        for our, their in zip(our_row, their_row, strict=True):
            assert our.value == (pytest.approx(their.value) if our.data_type == "n" else their.value)
            assert (our.data_type, our.number_format) == (their.data_type, their.number_format)
            assert (our.font.b, our.alignment.wrap_text) == (their.font.b, their.alignment.wrap_text)
    heights = [{row: sheet.row_dimensions[row].height for row in range(1, 8)} for sheet in (ours, theirs)]
    assert heights[0] == heights[1]
    assert [row[1].value for row in ours.iter_rows(2)] == ["甲", "乙", "c", None, "甲"]


def test_what_is_no_number_stands_in_no_cell(tmp_path: Path) -> None:
    book = Book(tmp_path / "a.xlsx", title="", handling="")
    with pytest.raises(ValueError, match="none that a cell can hold"):
        book.add(Table("表", [Column("数值")], [(1.0,), (math.nan,)]))
