"""Every shape in which departments deliver: one intake of many small files, and what each must give.

`files/` holds workbooks that no library here writes: `xlwt*.xls` by xlwt, `libreoffice.*` by LibreOffice,
`password.xlsx` encrypted by msoffcrypto.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.intake import FileOutcome
from tests.intake.office import Office, csv_text, labels, saved, workbook

FILES = Path(__file__).parent / "files"
CONFIRMED = labels("land_confirmed")  # uscc, county, area in m2
GRANTED = labels("new_industrial_land")  # parcel, county, date, area in m2, 是/否
STATISTICS = labels("county_statistics")  # county, count, value added and revenue in 千元
TAXES = labels("tax_payments")
HONOURS = labels("honours")
LEASES = labels("land_leases")
LESSEE = "91500000MA0000000X"
EXAMPLE = ["示例91500000MA0000000X", "500101", "1,234.56"]  # as a template has it, saved as CSV


def _area(number: int, area: object = 10) -> list[object]:
    return [f"91500000MA{number:07d}X", "500101", area]


def _grant(parcel: object, area: object = 10, on: object = "2024-03-01") -> list[object]:
    return [parcel, "500101", on, area, "是"]


def _confirmed_workbook(change: Callable[[Any], object], *rows: list[object]) -> bytes:
    book = workbook([CONFIRMED, *rows])
    change(book.active)
    return saved(book)


def _hide(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True


def _merged_title(sheet: Any) -> None:
    sheet.insert_rows(1, 2)
    sheet["A1"] = "2024年核定用地面积表"
    sheet.merge_cells("A1:C2")


def _percent(sheet: Any) -> None:
    sheet["C2"].number_format = "0.00%"


def _chinese_dates() -> bytes:
    """The date formats of a Chinese Excel, which it stores by number alone; and the calendar of 1904."""
    book = workbook([GRANTED, _grant("CN1", on=45352), _grant("CN2", on=45352)])
    book.active["C2"].number_format = 'yyyy"年"m"月"d"日"'
    book.active["C3"].number_format = "[$-804]yyyy/m/d"
    return saved(book)


def _dates_of_1904() -> bytes:
    book = workbook([GRANTED, _grant("MAC", on=dt.date(2024, 3, 1))])
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    return saved(book)


def _hidden_sheet() -> bytes:
    book = workbook([CONFIRMED, _area(40)], [CONFIRMED, _area(41)], names=["数据", "旧稿"])
    book["旧稿"].sheet_state = "hidden"
    return saved(book)


# name → content; what is expected of each stands in the tests below
DROPS: dict[str, bytes | str] = {
    "land_confirmed_utf8.csv": csv_text([CONFIRMED, _area(1)]),
    "land_confirmed_bom.csv": "\ufeff" + csv_text([CONFIRMED, _area(2)]),
    "核定用地面积_gb18030.csv": csv_text([CONFIRMED, _area(3)]).encode("gb18030"),
    "land_confirmed_tab.csv": csv_text([CONFIRMED, _area(4)], "\t"),
    "land_confirmed_semicolon.csv": csv_text([CONFIRMED, _area(5)], ";"),
    "land_confirmed_names.CSV": csv_text([["Confirmed_Area_M2", "COUNTY_CODE", "uscc"], _area(6)[::-1]]),
    "land_confirmed_labels.csv": csv_text(
        [
            ["核定用地面积"],
            ["单位：平方米"],
            [],
            ["序号", '"统一社会\n信用代码"', "区县 代码", "核定用地面积【㎡】", ""],
            [1, *_area(7), "看"],
            [2, *_area(8)],
        ]
    ),
    "land_confirmed_totals.xlsx": saved(
        workbook([["序号", *CONFIRMED], [1, *_area(9)], ["合 计", "", "", 10], ["", "总计：", "", 10]])
    ),
    "land_confirmed_sheets.xlsx": saved(
        workbook([["填表说明"]], [CONFIRMED, _area(10)], [], names=["说明", "数据", "空"])
    ),
    "land_confirmed_two.xlsx": saved(
        workbook([CONFIRMED, _area(12)], [CONFIRMED, _area(11), _area(12, 11)])
    ),
    "land_confirmed_counties.xlsx": saved(
        workbook([CONFIRMED, _area(36)], [CONFIRMED, _area(37, "约")], names=["渝北", "江北"])
    ),
    "land_confirmed_hidden_sheet.xlsx": _hidden_sheet(),
    "land_confirmed_alias.csv": csv_text([["纳税人识别号（统一社会信用代码）", *CONFIRMED[1:]], _area(38)]),
    "land_confirmed_two_rows.csv": csv_text([[*CONFIRMED[:2], "面积"], ["", "", CONFIRMED[2]], _area(39)]),
    "land_confirmed_hidden.xlsx": _confirmed_workbook(_hide, _area(13), _area(14)),
    "land_confirmed_merged.xlsx": _confirmed_workbook(_merged_title, _area(15)),
    "land_confirmed_merged_data.xlsx": _confirmed_workbook(
        lambda sheet: sheet.merge_cells("B2:B3"), _area(29), ["91500000MA0000030X", "", 10]
    ),
    "land_confirmed_texts.xlsx": _confirmed_workbook(lambda _: None, _area(16, "1,234.50")),
    "land_confirmed_percent.xlsx": _confirmed_workbook(_percent, _area(17, 0.25), _area(18)),
    "land_confirmed_formula.xlsx": _confirmed_workbook(lambda _: None, _area(19, "=1+1"), _area(20)),
    "land_confirmed_formulas_only.xlsx": _confirmed_workbook(lambda _: None, ["=A9", "=B9", "=C9"]),
    "land_confirmed_mu.csv": csv_text([[*CONFIRMED[:2], "核定用地面积(亩)"], _area(21)]),
    "land_confirmed_unit_line.csv": csv_text([["单位：亩"], CONFIRMED, _area(22)]),
    "land_confirmed_no_unit.csv": csv_text([[*CONFIRMED[:2], "核定用地面积"], _area(23)]),
    "land_confirmed_twice.csv": csv_text([[*CONFIRMED, CONFIRMED[0]], [*_area(24), "x"]]),
    "land_confirmed_wide.csv": csv_text([CONFIRMED, ["91500000MA0000025X", "500101", "12,345"]]),
    "land_confirmed_quote.csv": csv_text([CONFIRMED, _area(26), ['"91', "500101", 1]]),
    "land_confirmed_example.csv": csv_text([CONFIRMED, [f'"{cell}"' for cell in EXAMPLE], _area(27)]),
    "land_confirmed_example_half.csv": csv_text([CONFIRMED, [*EXAMPLE[:2], 1], _area(31)]),
    "land_leases_示例.csv": csv_text(
        [LEASES, ["示例-1", LESSEE, "", "500101", "租赁", "土地", 9, "", "", "", "2020-1-1", ""]]
    ),
    "honours_示例.csv": csv_text([HONOURS, [LESSEE, "单项冠军", "2024-1-2", "示例工厂1号"]]),
    "land_confirmed_gb18030_bom.csv": ("\ufeff" + csv_text([CONFIRMED, _area(32)])).encode("gb18030"),
    "land_confirmed_unit_below.csv": csv_text([CONFIRMED, ["", "", "（亩）"], _area(33)]),
    "land_confirmed_two_units.csv": csv_text([["金额单位：元  面积单位：亩"], CONFIRMED, _area(34)]),
    "land_confirmed_title_units.xlsx": saved(
        workbook([["填报单位：市规划局", "2024", "年", "度", "单位：", "平方米"], CONFIRMED, _area(35)])
    ),
    "税收入库_单位.csv": csv_text([["金额单位：万元"], TAXES, ["91500000MA0000028X", "某", "500101"]]),
    "county_statistics_wan.csv": csv_text([[*STATISTICS[:3], "营业收入（万元）"], ["500101", 1, 1, 1]]),
    "pollutant_emissions_kg.csv": csv_text(
        [[label.replace("氨氮(吨)", "氨氮(kg)") for label in labels("pollutant_emissions")]]
    ),
    "new_industrial_land_codes.xlsx": saved(
        workbook([GRANTED, *map(_grant, [500101123456789012, "5.0E+17", dt.date(2024, 1, 1), 77, "5.0e17"])])
    ),
    "new_industrial_land_cn.xlsx": _chinese_dates(),
    "new_industrial_land_1904.xlsx": _dates_of_1904(),
    "new_industrial_land_serial.xlsx": saved(workbook([GRANTED, _grant("SERIAL", on=45352)])),
    "new_industrial_land_lo.xlsx": (FILES / "libreoffice.xlsx").read_bytes(),
    "new_industrial_land_lo2.xls": (FILES / "libreoffice.xls").read_bytes().replace(b"LO", b"LX"),
    "new_industrial_land_1904.xls": (FILES / "xlwt_1904.xls").read_bytes(),
    "land_confirmed_xlwt.xls": (FILES / "xlwt.xls").read_bytes(),
}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("shapes"))
    for name, content in DROPS.items():
        office.drop(name, content)
    return office


@pytest.fixture(scope="module")
def outcomes(office: Office) -> dict[str, FileOutcome]:
    return {file.file_name: file for file in office.read().files}


@pytest.fixture(scope="module")
def landed(office: Office, outcomes: object) -> dict[str, list[dict[str, Any]]]:
    """The landed rows, by the file they came from."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for feed in ("land_confirmed", "new_industrial_land"):
        for row in office.landed(feed):
            rows.setdefault(row["source_file"], []).append(row)
    return rows


@pytest.mark.parametrize(
    ("name", "number", "row"),
    [
        ("land_confirmed_utf8.csv", 1, 2),
        ("land_confirmed_bom.csv", 2, 2),
        ("核定用地面积_gb18030.csv", 3, 2),
        ("land_confirmed_tab.csv", 4, 2),
        ("land_confirmed_semicolon.csv", 5, 2),
        ("land_confirmed_names.CSV", 6, 2),
        ("land_confirmed_labels.csv", 7, 5),
        ("land_confirmed_totals.xlsx", 9, 2),
        ("land_confirmed_sheets.xlsx", 10, 2),
        ("land_confirmed_hidden.xlsx", 13, 2),
        ("land_confirmed_merged.xlsx", 15, 4),
        ("land_confirmed_percent.xlsx", 18, 3),
        ("land_confirmed_formula.xlsx", 20, 3),
        ("land_confirmed_example.csv", 27, 3),
        ("land_confirmed_example_half.csv", 31, 3),
        ("land_confirmed_gb18030_bom.csv", 32, 2),
        ("land_confirmed_title_units.xlsx", 35, 3),
        ("land_confirmed_counties.xlsx", 36, 2),
        ("land_confirmed_no_unit.csv", 23, 2),
        ("land_confirmed_merged_data.xlsx", 29, 2),
    ],
)
def test_a_file_is_read_whatever_its_shape(
    landed: dict[str, list[dict[str, Any]]], name: str, number: int, row: int
) -> None:
    first = landed[name][0]
    assert first["uscc"] == f"91500000MA{number:07d}X"
    assert (first["county_code"], first["confirmed_area_m2"], first["source_row"]) == ("500101", 10.0, row)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("land_confirmed_two.xlsx", ["“表1”第2行", "“表2”第3行", "91500000MA0000012X/500101"]),
        ("land_confirmed_hidden_sheet.xlsx", ["隐藏的工作表“旧稿”", "取消隐藏"]),
        ("land_confirmed_mu.csv", ["核定用地面积(亩)", "核定用地面积(平方米)"]),
        ("land_confirmed_unit_line.csv", ["单位：亩", "平方米"]),
        ("land_confirmed_alias.csv", ["“纳税人识别号（统一社会信用代码）”应写成「统一社会信用代码」"]),
        ("land_confirmed_two_rows.csv", ["第1、2行", "「核定用地面积(平方米)」在第2行"]),
        ("land_confirmed_twice.csv", ["重复", "统一社会信用代码"]),
        ("land_confirmed_quote.csv", ["引号", "第3行"]),
        ("税收入库_单位.csv", ["万元", "「增值税」", "元"]),
        ("land_confirmed_unit_below.csv", ["第2行写“（亩）”", "平方米"]),
        ("land_confirmed_two_units.csv", ["面积单位：亩", "平方米"]),
        ("county_statistics_wan.csv", ["营业收入（万元）", "营业收入(千元)"]),
        ("pollutant_emissions_kg.csv", ["氨氮(kg)", "氨氮(吨)"]),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_words(
    outcomes: dict[str, FileOutcome], name: str, said: list[str]
) -> None:
    assert outcomes[name].status == "rejected"
    assert [word for word in said if word not in outcomes[name].message] == []


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("land_confirmed_percent.xlsx", ["C2 percent_cell"]),
        ("land_confirmed_formula.xlsx", ["C2 formula_without_value"]),
        (
            "land_confirmed_formulas_only.xlsx",
            ["A2 formula_without_value", "B2 formula_without_value", "C2 formula_without_value"],
        ),
        ("land_confirmed_wide.csv", ["A2 too_many_cells"]),
        ("land_confirmed_merged_data.xlsx", ["B3 merged_cell"]),
        ("land_confirmed_counties.xlsx", ["C2 not_a_number"]),
        ("land_confirmed_example_half.csv", ["A2 example_left"]),
        (
            "new_industrial_land_codes.xlsx",
            [
                "A2 scientific_notation",
                "A3 scientific_notation",
                "A4 date_for_text",
                "A6 scientific_notation",
            ],
        ),
        ("new_industrial_land_serial.xlsx", ["C2 not_a_date"]),
        ("new_industrial_land_lo.xlsx", ["D6 error_value", "D7 percent_cell"]),
        ("new_industrial_land_lo2.xls", ["D6 error_value", "D7 percent_cell"]),
        ("land_confirmed_xlwt.xls", ["C5 percent_cell", "C6 formula_without_value"]),
    ],
)
def test_a_cell_that_is_not_what_it_seems_sets_its_row_aside(
    outcomes: dict[str, FileOutcome], name: str, faults: list[str]
) -> None:
    assert [f"{fault.cell} {fault.fault}" for fault in outcomes[name].faults] == faults


@pytest.mark.parametrize("name", ["land_leases_示例.csv", "honours_示例.csv"])
def test_a_real_row_may_begin_like_the_example(outcomes: dict[str, FileOutcome], name: str) -> None:
    assert (outcomes[name].status, outcomes[name].rows_accepted) == ("accepted", 1)


def test_dates_of_every_kind_are_the_same_day(landed: dict[str, list[dict[str, Any]]]) -> None:
    files = ("new_industrial_land_cn.xlsx", "new_industrial_land_1904.xlsx", "new_industrial_land_1904.xls")
    assert {row["contract_date"] for name in files for row in landed[name]} == {dt.date(2024, 3, 1)}
    for name in ("new_industrial_land_lo.xlsx", "new_industrial_land_lo2.xls"):
        assert [row["contract_date"].day for row in landed[name]] == [1, 2]


def test_stored_results_text_numbers_and_numeric_codes_are_read(
    landed: dict[str, list[dict[str, Any]]],
) -> None:
    assert [row["area_m2"] for row in landed["new_industrial_land_lo2.xls"]] == [100.0, 200.0]
    assert landed["land_confirmed_texts.xlsx"][0]["confirmed_area_m2"] == 1234.5
    assert [row["confirmed_area_m2"] for row in landed["land_confirmed_xlwt.xls"]] == [1200.5, 1300.0]
    assert landed["new_industrial_land_codes.xlsx"][0]["parcel_id"] == "77"


def test_a_row_is_named_with_its_sheet_where_several_hold_something(
    landed: dict[str, list[dict[str, Any]]],
) -> None:
    assert landed["land_confirmed_sheets.xlsx"][0]["source_row_key"] == "数据!2"
    assert landed["land_confirmed_merged.xlsx"][0]["source_row_key"] == "4"
    assert landed["land_confirmed_utf8.csv"][0]["source_sheet"] is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("land_confirmed_hidden.xlsx", ["第3行是隐藏的", "B列（共1列）是隐藏的"]),
        ("land_confirmed_xlwt.xls", ["第4行是隐藏的", "B列（共1列）是隐藏的", "说明", "第7行是合计行"]),
        ("land_confirmed_totals.xlsx", ["第3、4行是合计行"]),
        ("land_confirmed_sheets.xlsx", ["其他工作表未读取：“说明”"]),
        ("land_confirmed_example.csv", ["第2行是模板示例行"]),
        ("land_confirmed_labels.csv", ["第6行的单元格比表头少"]),
        ("land_confirmed_counties.xlsx", ["2个工作表一并读取：“渝北”1行、“江北”1行"]),
    ],
)
def test_what_was_passed_over_is_mentioned(
    office: Office, outcomes: dict[str, FileOutcome], name: str, said: list[str]
) -> None:
    remarks = " ".join(office.receipt(outcomes[name])["remarks"])
    assert [word for word in said if word not in remarks] == []


def test_what_needs_a_look_is_the_next_step(office: Office, outcomes: dict[str, FileOutcome]) -> None:
    receipt = office.receipt(outcomes["land_confirmed_no_unit.csv"])
    assert "「核定用地面积(平方米)」的单位" in receipt["next"]
    assert "无需处理" not in receipt["next"]


def test_columns_beyond_the_contract_are_named(office: Office, outcomes: dict[str, FileOutcome]) -> None:
    ignored = office.receipt(outcomes["land_confirmed_labels.csv"])["ignored_columns"]
    assert ignored == ["序号", "E列（无列名）"]


def test_counts_reconcile_in_every_file(outcomes: dict[str, FileOutcome]) -> None:
    for file in outcomes.values():
        assert file.rows_read == file.rows_accepted + file.rows_quarantined + file.rows_left_out, file
    assert outcomes["land_confirmed_totals.xlsx"].rows_left_out == 2


def test_a_large_plain_csv_reads_like_a_small_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast lane (`plain_csv`) and the strict reader give the same, whatever the quotes."""
    contents = {
        "plain": csv_text([CONFIRMED, _area(1, '"1,234.5"'), _area(2)]),
        "title": csv_text([["核定"], ["序号", *CONFIRMED], [1, *_area(1)], ["合计", "", "", 10]]),
        "inner": csv_text([CONFIRMED, ['"91""5"', "500101", 1], _area(2)]),
        "ragged": csv_text([CONFIRMED, _area(1)[:2], _area(2)]),
        "empty_line": csv_text([CONFIRMED, [], _area(2)]),
        "gb": csv_text([["序号", *CONFIRMED], ["一", *_area(1)], ["二", *_area(2)]]),
        "line_in_cell": csv_text([['"统一社会\n信用代码"', *CONFIRMED[1:]], _area(1), _area(2)]),
        "unclosed": csv_text([CONFIRMED, ['"91', "500101", 1], _area(2)]),
    }
    results = []
    for lane, threshold in (("strict", 1 << 40), ("plain", 0)):
        monkeypatch.setattr("orchestration.intake.plain_csv.WORTHWHILE_BYTES", threshold)
        office = Office(tmp_path / lane)
        for name, content in contents.items():
            encoding = "gb18030" if name == "gb" else "utf-8"
            office.drop(f"land_confirmed_{name}.csv", content.encode(encoding))
        found = office.read().files
        receipts = [office.receipt(file) for file in found]
        results.append(([{**r, "received_at": None} for r in receipts], office.landed("land_confirmed")))
    assert results[0] == results[1]


def test_a_feed_without_a_file_is_landed_with_its_columns(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.drop("随手记.txt", "x")
    office.read()
    assert office.landed("tax_payments") == []
