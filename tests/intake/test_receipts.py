"""What a receipt holds, and that what it hands back can be mended and dropped again."""

from __future__ import annotations

import random
from pathlib import Path

import openpyxl
import pytest

from orchestration.intake import FileOutcome
from tests.intake.office import Office, csv_text, labels, saved, workbook

PARCELS = labels("land_parcels")
NAME = "企业登记用地_渝.csv"
EVIL = ["=HYPERLINK(1)", "+1+1", "-1+cmd", "@SUM(A1)", "\t=1+1"]


def _parcel(number: int, name: str = "某厂", area: object = 100, on: str = "2020-01-02") -> list[object]:
    return [f"P{number}", "91350100M000100Y43", name, "500101", "工业用地", area, on, on, ""]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def _read_one(office: Office) -> FileOutcome:
    (file,) = office.read().files
    return file


def test_counts_and_control_totals_reconcile(office: Office) -> None:
    rows = [
        _parcel(1, area="1,000.5"),
        _parcel(2, area=7),
        _parcel(2, area=7),
        _parcel(3, on="明天", area=20),
    ]
    office.drop(
        NAME, csv_text([PARCELS, *([f'"{cell}"' for cell in row] for row in rows), ["合计", *[""] * 8]])
    )
    receipt = office.receipt(_read_one(office))
    assert receipt["rows"] == {"read": 5, "accepted": 2, "quarantined": 1, "left_out": 2}
    assert receipt["left_out"] == {
        "total_lines": 1, "furniture_rows": 0, "example_rows": 0, "unfilled_rows": 0, "repeated_rows": 1
    }  # fmt: skip
    (area,) = receipt["amounts"]
    # 1000.5 + 7 accepted, 20 set aside, 7 repeated
    assert (area["read"], area["accepted"], area["quarantined"], area["left_out"]) == (1034.5, 1007.5, 20, 7)


def test_figures_as_printed_add_up_to_the_last_digit(office: Office) -> None:
    rows = [_parcel(1, area=0.1), _parcel(2, area=0.7), _parcel(2, area=0.7), _parcel(3, on="明天", area=0.2)]
    office.drop(NAME, csv_text([PARCELS, *rows]))
    (area,) = office.receipt(_read_one(office))["amounts"]
    assert area["read"] == area["accepted"] + area["quarantined"] + area["left_out"]


def test_a_fault_is_told_with_its_sheet_and_address(office: Office) -> None:
    rows = [_parcel(1), _parcel(2, area="约5"), _parcel(1, "他厂")]
    table: list[list[object]] = [["序号", *PARCELS], *([number, *row] for number, row in enumerate(rows))]
    office.drop("企业登记用地.xlsx", saved(workbook([["说明"]], table, names=["说明", "渝北\u202e"])))
    file = _read_one(office)
    faults = [(f["sheet"], f["cell"], f["row"], f["fault"]) for f in office.receipt(file)["faults"]]
    sheet = "渝北\u202e"
    assert faults == [
        (sheet, "B2", 2, "conflict"), (sheet, "G3", 3, "not_a_number"), (sheet, "B4", 4, "conflict")
    ]  # fmt: skip
    book = openpyxl.load_workbook(office.receipt_paths(file)[0])
    listed = [[cell.value for cell in row[1:4]] for row in book["问题清单"].iter_rows()]
    assert listed == [["工作表", "行", "单元格"], *(["渝北�", str(row), cell] for _, cell, row, _ in faults)]
    shown = "".join(str(cell.value) for page in ("回执", "问题清单") for row in book[page] for cell in row)
    assert "\u202e" not in shown


@pytest.mark.parametrize(("length", "lines"), [(3, 1), (60, 5), (5000, 28)])
def test_a_long_value_is_shown_whole_as_far_as_a_row_can_be_high(
    office: Office, length: int, lines: int
) -> None:
    office.drop(NAME, csv_text([PARCELS, _parcel(1, area="约" * length)]))
    book = openpyxl.load_workbook(office.receipt_paths(_read_one(office))[0])
    height = book["问题清单"].row_dimensions[2].height
    assert lines * 14 <= height < 409  # twelve characters on a line of ten points


def test_no_row_of_a_receipt_is_higher_than_excel_allows(office: Office) -> None:
    office.drop(NAME, csv_text([[*PARCELS, *(f"多余的列{number}" for number in range(900))], _parcel(1)]))
    book = openpyxl.load_workbook(office.receipt_paths(_read_one(office))[0])
    heights = [row.height for row in book["回执"].row_dimensions.values() if row.height]
    assert 300 < max(heights) < 409


@pytest.mark.parametrize(
    ("name", "feed", "said"),
    [("企业登记用地.csv", "land_parcels", "本表不能为空"), ("豁免清单.csv", "waivers", "无需处理")],
)
def test_a_table_without_rows_is_told_what_to_do(office: Office, name: str, feed: str, said: str) -> None:
    office.drop(name, csv_text([labels(feed)]))
    receipt = office.receipt(_read_one(office))
    assert (receipt["verdict"], said in receipt["next"]) == ("已受理", True)


def test_every_cell_is_text_that_can_never_run(office: Office) -> None:
    rows = [_parcel(n, name=evil, area=evil) for n, evil in enumerate(EVIL)]
    office.drop(NAME, saved_as_csv([["=1+1", *PARCELS], *([1, *row] for row in rows)]))
    file = _read_one(office)
    assert file.rows_quarantined == len(EVIL)
    book = openpyxl.load_workbook(office.receipt_paths(file)[0])
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value}
    assert kinds == {"s"}
    shown = {row[2].value for row in book["待改正的行"].iter_rows(min_row=2)}
    assert shown == set(EVIL)


def saved_as_csv(rows: list[list[object]]) -> str:
    return csv_text([[f'"{cell}"' for cell in row] for row in rows])


def test_the_rows_to_mend_are_marked_and_can_be_dropped_when_mended(office: Office) -> None:
    office.drop(NAME, csv_text([PARCELS, _parcel(1), _parcel(2, area="约5"), _parcel(3, on="明天")]))
    file = _read_one(office)
    book = openpyxl.load_workbook(office.receipt_paths(file)[0])
    assert book.sheetnames == ["回执", "问题清单", "待改正的行"]
    assert book["回执"]["A2"].value == "部分受理：1行受理，2行待改正"
    faults = [[cell.value for cell in row[1:5]] for row in book["问题清单"].iter_rows(min_row=2)]
    assert faults == [
        ["3", "F3", "面积(平方米)", "约5"],
        ["4", "G4", "出让合同签订日期", "明天"],
        ["4", "H4", "登记或审批日期", "明天"],
    ]
    sheet = book["待改正的行"]
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.comment}
    assert marked == {"F2", "G3", "H3"}
    assert "无法读成数字" in sheet["F2"].comment.text
    for place, value in (("F2", 5), ("G3", "2024-01-01"), ("H3", "2024-01-01")):
        sheet[place] = value
    office.drop("企业登记用地_更正.xlsx", saved(book))
    mended = next(file for file in office.read().files if file.file_name == "企业登记用地_更正.xlsx")
    assert (mended.status, mended.sheet, mended.rows_accepted) == ("accepted", "待改正的行", 2)
    assert "原文件行号" in office.receipt(mended)["ignored_columns"]


def test_many_faults_are_counted_and_the_first_ones_listed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.intake.settlement.LISTED", 3)
    office.drop(NAME, csv_text([PARCELS, *(_parcel(n, area="x") for n in range(9))]))
    file = _read_one(office)
    receipt = office.receipt(file)
    assert (file.rows_quarantined, receipt["fault_cells"], len(receipt["faults"])) == (9, 9, 3)
    assert len(office.landed("intake_fault")) == 9


def test_the_result_does_not_depend_on_the_order_of_files_rows_or_columns(tmp_path: Path) -> None:
    chance = random.Random(7)
    rows = [_parcel(n, area=n + 1) for n in range(40)]
    landed = []
    for turn in range(3):
        office = Office(tmp_path / str(turn))
        order = list(range(len(PARCELS)))
        if turn:
            chance.shuffle(rows)
            chance.shuffle(order)
        halves = [rows[: 10 * turn + 5], rows[10 * turn + 5 :]]
        for number, half in enumerate(halves):
            all_rows: list[list[object]] = [[*PARCELS], *half]
            table = [[row[place] for place in order] for row in all_rows]
            if number == turn % 2:
                office.drop(f"land_parcels_{number}.xlsx", saved(workbook(table)))
            else:
                office.drop(f"企业登记用地_{number}.csv", csv_text(table))
        office.read()
        landed.append(
            [
                {name: value for name, value in row.items() if not name.startswith("source_")}
                for row in office.landed("land_parcels")
            ]
        )
    assert landed[0] == landed[1] == landed[2]
    assert len(landed[0]) == 40
