"""Worksheets that were handed out and come back: which cells that are locked are told to be changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import openpyxl

from orchestration.intake.handed_out import GIVEN_AREA, keep, number_of, told_number
from orchestration.settings import Home
from tests.intake.office import YEAR, Office, csv_text, labels, saved, workbook

KEYS = labels("county_verification")[:2]
HEAD = [*KEYS, "企业名称", GIVEN_AREA, *labels("county_verification")[2:]]
Change = Callable[[openpyxl.Workbook], object]


def _number(case: int, year: int = YEAR) -> str:
    return number_of(year, "r001-draft", "500101", case)


def _row(case: int, number: int, on: str | None = "2025-05-10") -> list[object]:
    name = f"{number}号厂"
    return [f"91500101MA{case:06d}{number}X", "500101", name, 10 * number, name, 10 * number, on]


def _book(case: int, on: str | None = "2025-05-10") -> openpyxl.Workbook:
    """A worksheet of three enterprises; no two cases have one."""
    title = [f"{YEAR}年度区县核实表　万州区　{told_number(_number(case))}"]
    land: list[Sequence[object]] = [
        ["企业代码", "面积"],
        [f"91500101MA{case:06d}1X", 6666.67],
        [f"91500101MA{case:06d}2X", 13333.33],
    ]
    rows = [_row(case, number, on) for number in (1, 2, 3)]
    return workbook([title, HEAD, *rows], land, names=["区县核实", "用地明细"])


def _put(sheet: int, **cells: object) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        for cell, value in cells.items():
            book.worksheets[sheet][cell] = value

    return change


def _turned(book: openpyxl.Workbook) -> None:
    """The rows the other way round, the area before the name."""
    head, *rows = (list(row) for row in book.worksheets[0].iter_rows(min_row=2, values_only=True))
    for number, row in enumerate([head, *reversed(rows)], start=2):
        for place, value in enumerate([*row[:2], row[3], row[2], *row[4:]], start=1):
            book.worksheets[0].cell(number, place).value = value


CHANGES: list[tuple[Change, list[str]]] = [  # what is done, and what is told: cell, as given, as found
    (_put(0, E3="一号厂", F4=12.5, G5="2025-05-11"), []),  # the white cells
    (_turned, []),
    (lambda book: book.create_sheet("备注").append(["已与企业核对"]), []),
    (_put(0, C3="甲厂", D4=21), ["C3 1号厂 甲厂", "D4 20 21"]),
    (_put(0, B1="已阅"), ["B1  已阅"]),
    (_put(0, A4="91500101MA9999999X"), ["A4 91500101MA0000052X 91500101MA9999999X"]),
    (lambda book: book.worksheets[0].delete_rows(4), ["A4 91500101MA0000062X/500101 （已不在表中）"]),
    (lambda book: book.worksheets[0].append(_row(7, 4)), ["A6 （发出时没有） 91500101MA0000074X/500101"]),
    (lambda book: book.worksheets[0].delete_cols(3), ["C2 企业名称 （已不在表中）"]),
    (_put(1, B3=1), ["B3 13333.33 1"]),
    (lambda book: book.remove(book["用地明细"]), [" 工作表 （已不在表中）"]),
]


def test_every_locked_cell_that_was_changed_is_told(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for case, (change, _) in enumerate(CHANGES):
        keep(Home(office.home), _number(case), saved(_book(case, on=None)))
        change(book := _book(case))
        office.drop(f"区县核实_{case:02d}.xlsx", saved(book))
    for file, (_, told) in zip(office.read().files, CHANGES, strict=True):
        receipt = office.receipt(file)
        found = [f"{cell['cell']} {cell['given']} {cell['found']}" for cell in receipt["altered"]]
        assert (file.status, found) == ("accepted", told), file  # the rows say what they say
        assert ("锁定的单元格" in receipt["next"]) == bool(told)
        if told == CHANGES[3][1]:
            sheet = openpyxl.load_workbook(office.receipt_paths(file)[0])["锁定单元格的改动"]
            assert [cell.value for cell in sheet[2]] == ["区县核实", "C3", "企业名称", "1号厂", "甲厂"]


def test_what_cannot_be_held_against_anything_is_asked_about(tmp_path: Path) -> None:
    office = Office(tmp_path)
    of_last_year, unnumbered = _book(1), _book(2)
    of_last_year.worksheets[0]["A1"] = told_number(_number(1, YEAR - 1))
    unnumbered.worksheets[0]["A1"] = "万州区核实表"
    text: list[Sequence[object]] = [[told_number(_number(3)), *[""] * 6], HEAD, _row(3, 1)]
    own: list[Sequence[object]] = [HEAD[:2] + HEAD[4:], _row(4, 1)[:2] + _row(4, 1)[4:]]
    dropped: dict[str, tuple[bytes | str, str]] = {
        "区县核实_去年.xlsx": (saved(of_last_year), f"它不是{YEAR}年度的"),
        "区县核实_别处.xlsx": (saved(_book(5)), "没有以该编号发出的核实表"),
        "区县核实_没有编号.xlsx": (saved(unnumbered), "编号不见了"),
        "区县核实_文本.csv": (csv_text(text), "请以 .xlsx 提交"),
        "区县核实_自制.xlsx": (saved(workbook(own)), "无需处理"),
    }
    for name, (content, _) in dropped.items():
        office.drop(name, content)
    for file in office.read().files:
        asked = office.receipt(file)["next"]
        assert (file.status, dropped[file.file_name][1] in asked) == ("accepted", True), (file, asked)
