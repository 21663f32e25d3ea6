"""Workbooks to fill in: what may be written, what is offered, and that they print on a page."""

from __future__ import annotations

import io

import openpyxl

from orchestration.workbooks import Book, Column, Table

COLUMNS = [
    Column("企业名称", width=30),
    Column("核实结果", width=12, choices=("属实", "有误"), note="请选一项", editable=True),
    Column("核实面积", "平方米", figure="#,##0.00", width=12, editable=True),
]


def test_only_the_white_cells_of_a_protected_table_can_be_written() -> None:
    book = Book(None, title="核实表", handling="内部资料")
    book.add(Table("核实", COLUMNS, [["甲厂", None, None]], above="2024年度", protected=True, blank_rows=2))
    sheet = openpyxl.load_workbook(io.BytesIO(book.close()))["核实"]
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
