"""Files made by rule: a statement of a unit in every place, rows that do not fit, merged cells, furniture.

What lands is compared, not only the verdict. All files of a kind go through one intake.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.intake import FileOutcome
from orchestration.intake.header import Labels
from orchestration.intake.number_format import is_percent, is_scaled
from tests.intake.office import CONTRACT, Office, csv_text, labels, saved, workbook

TAXES = labels("tax_payments")
PARCELS = labels("land_parcels")
VAT = 1234567.89


def _tax(number: int, vat: object = VAT, tail: Sequence[object] = (0, "A")) -> list[object]:
    return [f"91500101MA{number:07d}X", "某公司", "500101", vat, *[0] * 12, *tail]


def _parcel(number: int, on: object = "2010-05-06") -> list[object]:
    code = f"91500101MA{number:07d}X"
    return [f"P{number}", code, "某公司", "500101", "工业用地", 12.5, on, "2011-07-08", ""]


@dataclass
class Drops:
    """Files by name, in an office of their own; read on the first question."""

    office: Office
    outcomes: dict[str, FileOutcome]

    def landed(self, feed: str, name: str) -> list[dict[str, Any]]:
        return [row for row in self.office.landed(feed) if row["source_file"] == name]


def _read(folder: Path, drops: dict[str, bytes | str]) -> Drops:
    office = Office(folder)
    for name, content in drops.items():
        office.drop(name, content)
    return Drops(office, {file.file_name: file for file in office.read().files})


# --- stated units: how it is said, where it stands, in which format

STATEMENTS = (
    "单位：万元",
    "单  位：万元",
    "单 位:万 元",
    "金额：万元",
    "（金额：万元）",
    "本表金额均以万元计",
    "单位：万",
    "（税额：万元）",
    "单位：w元",
    "表内金额单位均为“万元”",
    "單位：萬元",
    "单位: 万元",
    "单位 万元",
    "数据单位：万元",
    "填报单位：渝北区税务局    单位：万元",
    "以万元列示",
    "单位：佰万元",
    "金额单位：人民币亿元",
    "（万元）",
    "单位：千万元",
)
NO_STATEMENTS = (
    "填报单位：万州区税务局",
    "单位：元",
    "市亩均办",
    "万盛经开区",
    "规上2000 万元以上企业",
    "责任单位：亩均办",
    "二千万元以上",
    "金额单位：元  面积单位：亩",
    "万 州 区",
    "编制单位：重庆万元科技有限公司",
    "单位：元，保留两位小数",
)
PLACES: dict[str, Callable[[str, int], Sequence[Sequence[object]]]] = {
    "above": lambda said, n: [["税收入库"], [said], TAXES, _tax(n)],
    "header": lambda said, n: [[*TAXES, said], _tax(n)],
    "below": lambda said, n: [TAXES, [said], _tax(n)],
    "two_below": lambda said, n: [TAXES, ["甲", "乙", "丙", *range(1, 16)], ["", "", "", said], _tax(n)],
    "bottom": lambda said, n: [TAXES, _tax(n), ["注", said]],
}  # fmt: skip


def _statements() -> Iterator[tuple[str, bool, bytes | str]]:
    number = 0
    for states, texts in ((True, STATEMENTS), (False, NO_STATEMENTS)):
        for text in texts:
            for place, rows_of in PLACES.items():
                number += 1
                rows = rows_of(text, number)
                name = f"税收入库_{place}{number}"
                if number % 2:
                    yield f"{name}.csv", states, csv_text([[f'"{cell}"' for cell in row] for row in rows])
                else:
                    yield f"{name}.xlsx", states, saved(workbook(rows))
    for number, name in enumerate(("税收入库（万元）", "税收入库_单位万元_渝北", "税收入库-亿元"), start=900):
        yield f"{name}.csv", True, csv_text([TAXES, _tax(number)])
    yield "税收入库_万州区.csv", False, csv_text([TAXES, _tax(910)])
    yield "税收入库_2000万元以上.csv", False, csv_text([TAXES, _tax(911)])
    yield "税收入库_s1.xlsx", True, saved(workbook([TAXES, _tax(920)], names=["税收(万元)"]))
    yield "税收入库_s2.xlsx", False, saved(workbook([TAXES, _tax(921)], names=["万州区"]))


CASES = list(_statements())


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Drops:
    return _read(tmp_path_factory.mktemp("units"), {name: content for name, _, content in CASES})


@pytest.mark.parametrize(("name", "states"), [(name, states) for name, states, _ in CASES])
def test_a_stated_unit_refuses_wherever_it_stands(stated: Drops, name: str, states: bool) -> None:
    file = stated.outcomes[name]
    amounts = [row["value_added_tax"] for row in stated.landed("tax_payments", name)]
    if states:
        assert (file.status, "应为元" in file.message, amounts) == ("rejected", True, [])
    else:
        assert (file.status == "rejected", amounts) == (False, [VAT]), file.message


@pytest.mark.parametrize(
    ("feed", "text", "contradicted"),
    [
        ("land_parcels", "单位：亩", True),
        ("land_parcels", "面积：万平方米", True),
        ("land_parcels", "单位：公顷", True),
        ("land_parcels", "单位：㎡", False),
        ("land_parcels", "单位：平方米、亩", True),
        ("county_verification", "面积单位：平方米", True),
        ("county_verification", "（亩）", False),
        ("enterprise_statistics", "单位：万元", True),
        ("enterprise_statistics", "单位: 万元/人", True),
        ("enterprise_statistics", "能源单位：万吨标准煤", True),
        ("enterprise_statistics", "单位：万人", True),
        ("enterprise_statistics", "（计量单位：千元、人、吨标准煤）", False),
        ("pollutant_emissions", "单位：公斤", True),
        ("pollutant_emissions", "单位：吨", False),
        ("park_list", "单位：万元", False),
    ],
)
def test_every_dimension_is_asked(feed: str, text: str, contradicted: bool) -> None:
    stated = Labels(CONTRACT.feeds[feed], CONTRACT.units_of_measure).stated
    assert bool(stated.of_cells([text], loosely=True)) is contradicted


@pytest.mark.parametrize(
    ("cells", "contradicted"),
    [
        (["填报单位：市税务局", "", "单位：", "万元"], True),
        (["亩均税收（万元/亩）"], True),  # above a table in 元, whatever it is the heading of
        (["2024", "年", "度"], False),
        (["万", "州", "区"], False),
    ],
)
def test_a_statement_may_be_spread_over_cells(cells: list[str], contradicted: bool) -> None:
    stated = Labels(CONTRACT.feeds["tax_payments"], CONTRACT.units_of_measure).stated
    assert bool(stated.of_cells(cells, loosely=True)) is contradicted


@pytest.mark.parametrize(
    ("feed", "units", "states"),
    [
        ("land_leases", ["", "", "", "", "", "", "亩", "亩", "亩"], True),
        ("pollutant_emissions", ["", "", "", "", "克", "克", "克", "克"], True),
        ("pollutant_emissions", ["", "", "", "", "吨", "吨", "千克", "吨"], True),
        ("pollutant_emissions", ["", "", "", "", "吨", "吨", "吨", "吨"], False),
        ("pollutant_emissions", ["", "", "", "", "吨", "吨", "吨", "吨", "千克"], False),  # of 磷, beyond
    ],
)
def test_every_cell_of_a_row_of_units_is_asked(
    tmp_path: Path, feed: str, units: list[object], states: bool
) -> None:
    head = [*labels(feed), "磷"]
    row = ["91500101MA0000001X", "某公司", "500101", "是", 1, 2, 3, 4, 5]
    rows: list[Sequence[object]] = [head, units, row] if feed == "pollutant_emissions" else [head, units]
    name = f"{CONTRACT.feeds[feed].label}.xlsx"
    file = _read(tmp_path, {name: saved(workbook(rows))}).outcomes[name]
    assert ("计量单位" in file.message) is states
    assert file.rows_left_out == (0 if states else 1)


@pytest.mark.parametrize("state", ["visible", "hidden"])
@pytest.mark.parametrize(
    "other", [[["单位：万元"], TAXES], [[{"增值税": "增值税(万元)"}.get(label, label) for label in TAXES]]]
)
def test_a_table_in_another_unit_is_not_left_out_beside_one_that_fits(
    tmp_path: Path, other: list[list[object]], state: str
) -> None:
    book = workbook([TAXES, _tax(1)], [*other, _tax(2)], names=["渝北", "江北"])
    book["江北"].sheet_state = state
    (file,) = _read(tmp_path, {"税收入库.xlsx": saved(book)}).outcomes.values()
    assert (file.status, "“江北”" in file.message) == ("rejected", True)


def test_the_same_quantity_in_another_unit_is_named_as_not_read(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [[*PARCELS, "面积(亩)"], [*_parcel(1), 0.02]]
    drops = _read(tmp_path, {"企业登记用地.xlsx": saved(workbook(rows))})
    receipt = drops.office.receipt(drops.outcomes["企业登记用地.xlsx"])
    assert (receipt["status"], receipt["ignored_columns"]) == ("accepted", ["面积(亩)"])


@pytest.mark.parametrize(
    "label", ["税收合计(万元)", "税收合计（单位：万元）", "亩均税收(万元/亩)", "所属单位"]
)
def test_a_unit_in_a_label_beyond_the_contract_speaks_of_that_column(tmp_path: Path, label: str) -> None:
    drops = _read(tmp_path, {"税收入库.csv": csv_text([[*TAXES, label], [*_tax(1), 5]])})
    assert [row["value_added_tax"] for row in drops.landed("tax_payments", "税收入库.csv")] == [VAT]


# --- rows of a CSV that do not fit the header: surplus × blank × where

SHIFTED = "91500101MA0000001X,某公司,500101,1,234,567.89" + ",0" * 10
GOOD_TAX = ",".join(map(str, _tax(2)))


@pytest.mark.parametrize(
    ("name", "body", "amounts", "faults"),
    [
        ("blank_tail", f"{SHIFTED},0,0,,\r\n{GOOD_TAX}\r\n", [VAT], ["too_many_cells"]),
        ("filled_tail", f"{SHIFTED},0,0,5,A\r\n{GOOD_TAX}\r\n", [VAT], ["too_many_cells"]),
        ("cut_short", f"{SHIFTED}\r\n{GOOD_TAX}\r\n", [VAT], ["too_few_cells"]),
        ("all_surplus", f"{GOOD_TAX},\r\n{GOOD_TAX.replace('0002X', '0003X')},\r\n", [VAT, VAT], []),
        ("all_surplus_and_total", f"{GOOD_TAX},\r\n合计,,,1\r\n", [VAT], []),
        (
            "some_surplus",
            f"{GOOD_TAX},\r\n{GOOD_TAX.replace('0002X', '0003X')}\r\n",
            [VAT],
            ["too_many_cells"],
        ),
        ("nullable_tail", GOOD_TAX.removesuffix(",A") + "\r\n", [VAT], []),
        ("note_without_end", f"{GOOD_TAX}\r\n注：已核对", [VAT], []),
    ],
)
def test_a_row_that_does_not_fit_the_header_is_set_aside(
    tmp_path: Path, name: str, body: str, amounts: list[float], faults: list[str]
) -> None:
    drops = _read(tmp_path, {"税收入库.csv": ",".join(TAXES) + "\r\n" + body})
    assert [row["value_added_tax"] for row in drops.landed("tax_payments", "税收入库.csv")] == amounts
    assert [fault.fault for fault in drops.outcomes["税收入库.csv"].faults][:1] == faults


@pytest.mark.parametrize("cut", [1, 3, 30])
def test_a_file_cut_in_its_last_line_is_refused(tmp_path: Path, cut: int) -> None:
    lines = csv_text([TAXES, _tax(1), _tax(2, tail=(5, "A"))]).removesuffix(",A\r\n")
    (file,) = _read(tmp_path, {"税收入库.csv": lines[:-cut] if cut > 1 else lines}).outcomes.values()
    assert (file.status, "第3行" in file.message) == ("rejected", True)


# --- merged cells × kind of column; formats that scale


@pytest.mark.parametrize("column", range(1, len(PARCELS) + 1))
def test_a_row_in_a_merged_range_is_set_aside(tmp_path: Path, column: int) -> None:
    book = workbook([PARCELS, _parcel(1), _parcel(2), _parcel(3)])
    sheet = book.active
    sheet.cell(2, column).value = sheet.cell(2, column).value or "2020-01-01"
    sheet.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)
    drops = _read(tmp_path, {"企业登记用地.xlsx": saved(book)})
    assert [row["parcel_id"] for row in drops.landed("land_parcels", "企业登记用地.xlsx")] == ["P1", "P3"]
    assert [(fault.row, fault.fault) for fault in drops.outcomes["企业登记用地.xlsx"].faults] == [
        (3, "merged_cell")
    ]


@pytest.mark.parametrize(
    "code",
    [
        "#,##0,",
        "0!.0,",
        "0!.0000",
        "#,##0.00,,",
        '0!.0,"万元"',
        '0"."0',
        '[>=10000]0!.0,"万";0',
        "0\\.0",
        "0,.0",
    ],
)
def test_a_format_that_scales_is_asked_about(tmp_path: Path, code: str) -> None:
    book = workbook([PARCELS, _parcel(1), _parcel(2)])
    book.active["F2"].number_format = code
    drops = _read(tmp_path, {"企业登记用地.xlsx": saved(book)})
    assert [(f.cell, f.fault) for f in drops.outcomes["企业登记用地.xlsx"].faults] == [("F2", "scaled_cell")]


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0",
        "0.00",
        "#,##0",
        '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
        "#,##0;[Red]-#,##0",
        '0"万元"',
        '0.0"元"',
        "yyyy\\.m\\.d",
        "@",
        "0_ ",
        "00\\-00",
        '0"m2"',
        "0;;",
        "#,##0_);(#,##0)",
        "0.00E+00",
    ],
)
def test_a_format_that_does_not_scale_is_none(code: str) -> None:
    assert not is_scaled(code)
    assert not is_percent(code)


# --- furniture

PAD = [""] * (len(PARCELS) - 2)
FURNITURE: dict[str, Sequence[Sequence[object]]] = {
    "counting": [PARCELS, ["甲", "乙", "丙", "丁", "戊", 1, 2, 3, 4], _parcel(1)],
    "numbers": [PARCELS, list(range(1, 10)), _parcel(1)],
    "counting_mixed": [PARCELS, ["甲", "乙", "丙", "丁", "戊", 1, "己", "庚", "辛"], _parcel(1)],
    "units": [PARCELS, ["", "", "", "", "", "平方米"], _parcel(1)],
    "unit_line": [PARCELS, ["单位：平方米"], _parcel(1)],
    "repeated": [PARCELS, _parcel(1), ["续表"], PARCELS, _parcel(2)],
    "new_page": [PARCELS, _parcel(1), ["2024年登记表（续）"], ["单位：平方米"], PARCELS, _parcel(2)],
    "subtotal": [
        PARCELS,
        _parcel(1),
        ["", "", "渝北区小计", "", "", 12],
        ["合计"],
        ["", "总计：", "", "", "", 9],
    ],
    "total_sum": [PARCELS, _parcel(1), ["合计面积", *PAD, 1]],
    "total_of": [PARCELS, _parcel(1), ["合计（1户）", *PAD, 1], ["合  计", *PAD, 1]],
    "notes": [
        PARCELS,
        _parcel(1),
        ["注：本表由各区县填报"],
        ["填表人：", "甲", "审核人：", "乙"],
        ["2025年1月3日"],
    ],
    "in_front": [["序号", *PARCELS], [1, *_parcel(1)], ["合计", "", "", "", "", "", 9], ["说明：略"]],
}
NO_FURNITURE: dict[str, tuple[Sequence[Sequence[object]], int]] = {  # rows, how many are set aside
    "code_missing": ([PARCELS, _parcel(1), ["", *_parcel(2)[1:]]], 1),
    "code_alone": ([PARCELS, _parcel(1), ["", "91500101MA0000009X"]], 1),
    "word_for_code": ([PARCELS, _parcel(1), ["P2", "待补", *_parcel(2)[2:]]], 1),
    "note_between": ([PARCELS, _parcel(1), ["注：略"], _parcel(2)], 1),
    "named_so": ([PARCELS, ["P1", "91500101MA0000001X", "重庆合计有限公司", *_parcel(1)[3:]]], 0),
}  # fmt: skip


@pytest.mark.parametrize("name", FURNITURE)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_furniture_is_left_out_with_a_remark(tmp_path: Path, name: str, suffix: str) -> None:
    rows = FURNITURE[name]
    file_name = f"企业登记用地{suffix}"
    wide = len(rows[0])
    padded = [[*row, *[""] * (wide - len(row))] for row in rows]
    content = csv_text(padded) if suffix == ".csv" else saved(workbook(rows))
    drops = _read(tmp_path, {file_name: content})
    file, receipt = drops.outcomes[file_name], drops.office.receipt(drops.outcomes[file_name])
    landed = [row["parcel_id"] for row in drops.landed("land_parcels", file_name)]
    assert (file.status, landed) == ("accepted", ["P1", "P2"][: len(landed)]), file.message
    assert file.rows_read == file.rows_accepted + file.rows_left_out
    assert (receipt["next"], "不计入" in " ".join(receipt["remarks"])) == ("无需处理。", True)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_repeated_header_is_left_out_whatever_the_key_is(tmp_path: Path, suffix: str) -> None:
    head = labels("park_list")
    rows = [
        head,
        ["YQ1", "园区", "500101", "高新技术产业开发区"],
        head,
        ["YQ2", "园区", "500101", "高新技术产业开发区"],
    ]
    content = csv_text(rows) if suffix == ".csv" else saved(workbook(rows))
    (file,) = _read(tmp_path, {f"园区名录{suffix}": content}).outcomes.values()
    assert (file.status, file.rows_accepted, file.rows_left_out) == ("accepted", 2, 1)


@pytest.mark.parametrize("name", NO_FURNITURE)
def test_a_row_of_data_gone_wrong_is_no_furniture(tmp_path: Path, name: str) -> None:
    rows, aside = NO_FURNITURE[name]
    (file,) = _read(tmp_path, {"企业登记用地.xlsx": saved(workbook(rows))}).outcomes.values()
    assert (file.rows_quarantined, file.rows_left_out) == (aside, 0)


# --- rules over a row

RULED = {
    "objections": [
        "YY1",
        "91500101MA0000001X",
        "500101",
        "2025-05-12",
        "用地面积",
        "不应计入",
        "",
        "",
        "",
        "",
    ],
    "measures": ["CS1", "企业", "", "A", "", "", "用能", "优先", "某局", "某文1号", "2025-01-01", ""],
    "improvement_plans": [
        *("91500101MA0000001X", "500101", "帮扶提升", "技改", "某局"),
        *("2024-03-01", "2024-12-31", "推进中", ""),
    ],
}
OF_THE_FEED = {feed: list(CONTRACT.feeds[feed].columns) for feed in RULED}
# feed, the cells that are changed, the cell that is told and what of it
ROW_RULES: list[tuple[str, dict[str, str], str]] = [
    ("objections", {}, ""),
    ("objections", {"decision": "不采纳", "decided_on": "2025-05-12"}, ""),
    ("objections", {"decision": "部分采纳", "decided_value": "-3.5", "decided_on": "2025-05-13"}, ""),
    (
        "objections",
        {"decision": "不采纳", "decided_value": "3.5", "decided_on": "2025-05-13"},
        "H2 为采纳或部分采纳",
    ),
    ("objections", {"decided_value": "3.5"}, "H2 为采纳或部分采纳"),
    ("objections", {"decision": "采纳", "decided_value": "3.5"}, "I2 处理结果时应填写"),
    ("objections", {"decided_on": "2025-05-13"}, "I2 处理结果时应填写"),
    ("objections", {"decision": "采纳", "decided_on": "2025-05-11"}, "I2 早于收到日期"),
    ("objections", {"decision": "同意", "decided_value": "3.5", "decided_on": "2025-05-13"}, "G2 可选项"),
    ("measures", {}, ""),
    ("measures", {"applies_to": "区县", "class": "", "rank_from": "1", "rank_to": "1"}, ""),
    ("measures", {"class": ""}, "D2 企业时应填写"),
    ("measures", {"applies_to": "园区", "rank_from": "1", "rank_to": "3"}, "D2 企业时应填写"),
    ("measures", {"rank_to": "3"}, "F2 区县或园区时应填写"),
    ("measures", {"applies_to": "区县", "class": "", "rank_from": "1"}, "F2 区县或园区时应填写"),
    ("measures", {"applies_to": "区县", "class": "", "rank_from": "0", "rank_to": "3"}, "E2 从1起"),
    ("measures", {"applies_to": "园区", "class": "", "rank_from": "4", "rank_to": "3"}, "F2 小于名次起"),
    ("measures", {"valid_to": "2025-01-01"}, ""),
    ("measures", {"valid_to": "2024-12-31"}, "L2 早于生效日期"),
    ("improvement_plans", {"due_on": "2024-03-01"}, ""),
    ("improvement_plans", {"due_on": "2024-02-29"}, "G2 早于计划启动日期"),
    ("improvement_plans", {"status": "已完成", "completed_on": "2024-10-31"}, ""),
    ("improvement_plans", {"status": "已完成"}, "I2 为已完成时应填写"),
    ("improvement_plans", {"completed_on": "2024-10-31"}, "I2 为已完成时应填写"),
]  # fmt: skip


def test_a_row_that_contradicts_itself_is_set_aside_with_its_cell(tmp_path: Path) -> None:
    """Each row a file of its own, all of them in one intake."""
    drops: dict[str, bytes | str] = {}
    for number, (feed, changed, _) in enumerate(ROW_RULES):
        row = dict(zip(OF_THE_FEED[feed], RULED[feed], strict=True)) | changed
        row[OF_THE_FEED[feed][0]] += str(number)
        drops[f"{feed}_{number}.csv"] = csv_text([labels(feed), list(row.values())])
    outcomes = _read(tmp_path, drops).outcomes
    for number, (feed, changed, told) in enumerate(ROW_RULES):
        file = outcomes[f"{feed}_{number}.csv"]
        cell, _, of = told.partition(" ")
        assert [fault.cell for fault in file.faults] == ([cell] if told else []), (changed, file)
        assert all(of in fault.reason for fault in file.faults), (changed, file)
        assert (file.rows_accepted, file.rows_quarantined) == ((0, 1) if told else (1, 0))


# --- what programs write


def _edited(rows: Sequence[Sequence[object]], edit: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    """A workbook whose parts were renamed or rewritten."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(workbook(rows)))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(*edit(name, old.read(name)))
    return stream.getvalue()


def _at_the_root(name: str, content: bytes) -> tuple[str, bytes]:
    if name == "[Content_Types].xml":
        return name, content.replace(b'"/xl/', b'"/')
    if name == "_rels/.rels":
        return name, content.replace(b'"xl/workbook', b'"workbook').replace(b'"/xl/', b'"/')
    return name.removeprefix("xl/"), content.replace(b'"/xl/', b'"/')


def _backslashed(name: str, content: bytes) -> tuple[str, bytes]:
    return name.replace("/", "\\") if name.startswith("xl/") else name, content


def _escaped(name: str, content: bytes) -> tuple[str, bytes]:
    for written in ("某公司".encode(), "某公司".encode("ascii", "xmlcharrefreplace")):
        content = content.replace(written, "_x5170_天".encode())
    return name, content


@pytest.mark.parametrize(
    ("edit", "name"),
    [(_at_the_root, "某公司"), (_backslashed, "某公司"), (_escaped, "兰天")],
)
def test_a_workbook_is_found_as_its_program_wrote_it(
    tmp_path: Path, edit: Callable[[str, bytes], tuple[str, bytes]], name: str
) -> None:
    drops = _read(tmp_path, {"企业登记用地.xlsx": _edited([PARCELS, _parcel(1)], edit)})
    (row,) = drops.landed("land_parcels", "企业登记用地.xlsx")
    assert row["holder_name"] == name


def test_the_characters_of_windows_and_of_the_newer_standards_are_read(tmp_path: Path) -> None:
    text = csv_text([PARCELS, _parcel(1), _parcel(2)]).replace("某公司", "重庆?机械", 1)
    content = text.encode("gb18030").replace(
        b"?", b"\x80\xfe\x59"
    )  # in the code page 936: €; since 2005: U+9FB4
    drops = _read(
        tmp_path, {"企业登记用地.csv": content.decode("latin-1").encode("latin-1")}
    )  # bytes as they are
    assert drops.landed("land_parcels", "企业登记用地.csv")[0]["holder_name"] == "重庆€\u9fb4机械"


# --- one name, several files


def test_an_empty_table_does_not_take_rows_away(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.drop("税收入库.csv", csv_text([TAXES, _tax(1)]))
    office.drop("税收入库_乙.csv", csv_text([TAXES, _tax(2)]))
    office.read()
    for _ in range(2):
        path = office.drop("税收入库.csv", csv_text([TAXES, ["注：空表"]]))
        file = office.read().files[0]
        assert (file.status, file.rows_accepted, "没有数据行" in file.message) == ("rejected", 1, True)
    assert len(office.landed("tax_payments")) == 2
    path.unlink()
    office.read()
    office.drop("税收入库.csv", csv_text([TAXES]))
    file = office.read().files[0]
    assert (file.status, file.rows_accepted) == ("accepted", 0)  # taken back first: now it is meant


def test_a_refused_file_gives_way_to_one_saved_as_told(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.drop("税收入库_渝北.xls", saved(workbook([TAXES, _tax(1)])))
    assert [file.status for file in office.read().files] == ["rejected"]
    office.drop("税收入库_渝北.xlsx", saved(workbook([TAXES, _tax(1)])))
    files = {file.file_name: file for file in office.read().files}
    assert {name: file.status for name, file in files.items()} == {
        "税收入库_渝北.xls": "replaced",
        "税收入库_渝北.xlsx": "accepted",
    }
    assert "税收入库_渝北.xlsx" in office.receipt(files["税收入库_渝北.xls"])["next"]
    office.drop("税收入库_渝北.xls", "又坏了")
    files = {file.file_name: file for file in office.read().files}
    assert files["税收入库_渝北.xls"].status == "rejected"  # newer than what was accepted


def test_a_conflict_says_what_differs_and_a_name_is_answered_with_its_code(tmp_path: Path) -> None:
    drops = _read(
        tmp_path,
        {"税收入库.csv": csv_text([TAXES, _tax(1), _tax(1, vat=5), [*_tax(2)[:2], "万州", *_tax(2)[3:]]])},
    )
    said = [fault.reason + fault.remedy for fault in drops.outcomes["税收入库.csv"].faults]
    assert [("「增值税」" in text, "500101" in text) for text in said] == [
        (True, True),
        (True, True),
        (False, True),
    ]


def test_a_name_forges_nothing_in_a_receipt(tmp_path: Path) -> None:
    name = "税收入库\n已受理\x1b[31m\u202e\u200b.csv"
    office = Office(tmp_path)
    office.drop(name, csv_text([TAXES, _tax(1), _tax(1, vat=5)]))
    (file,) = office.read().files
    book = openpyxl.load_workbook(office.receipt_paths(file)[0])
    shown = "".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value)
    assert [sign for sign in "\n\x1b\u202e\u200b" if sign in shown] == []
