"""The changed figures of a simulation (rulebook 13.2): what is read, and every cell that is faulty."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from orchestration.changeable import caps_of, changeable, signed
from orchestration.changed_figures import Figures, from_words, read_changes
from orchestration.effects import ChangedFigure
from orchestration.errors import UserError
from orchestration.intake.contract import load_contract
from orchestration.policy import load_policy
from orchestration.settings import FEEDS, policy_folder

ONE, MEMBER = "91500101MA5U00001X", "91500101MA5U00002X"
LABELS = {"land_area_mu": "用地面积", "value_added": "工业增加值", "tax": "税收", "bonus": "加分"}


@pytest.fixture(scope="module")
def figures() -> Figures:
    policy, contract = load_policy(policy_folder()), load_contract(FEEDS)
    assert changeable(contract) == [
        *("land_area_mu", "value_added", "revenue", "rd_expenditure", "energy", "average_headcount", "tax"),
        *("bonus", "deduction"),
    ]
    return Figures(
        labels={name: LABELS.get(name, name) for name in changeable(contract)},
        units_of_measure=dict.fromkeys(changeable(contract), ""),
        signed=signed(contract),
        caps=caps_of(policy, 2024),
        units=frozenset({(ONE, "500101")}),
        members={(MEMBER, "500101"): (ONE, "500101")},
    )


def read(path: Path, figures: Figures) -> list[ChangedFigure]:
    return read_changes(path, figures, load_policy(policy_folder()), load_contract(FEEDS))


def test_a_list_is_read_by_names_or_labels_from_csv_or_xlsx(figures: Figures, tmp_path: Path) -> None:
    expected = [
        ChangedFigure(ONE, "500101", "tax", None),  # a blank value is none
        ChangedFigure(ONE, "500101", "value_added", -3.5),  # which may be negative
    ]
    text = f"统一社会信用代码,区县代码,指标,数值\n{ONE},500101,税收,\n{ONE},500101,value_added,-3.5\n"
    (tmp_path / "a.csv").write_bytes(text.encode("gb18030"))
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([["uscc", "county_code", "figure", "value"], *expected_cells()]):
            sheet.write_row(number, 0, row)
    assert read(tmp_path / "a.csv", figures) == expected
    assert read(tmp_path / "a.xlsx", figures) == expected


def expected_cells() -> list[list[object]]:
    return [[ONE, "500101", "tax", ""], [ONE, "500101", "工业增加值", -3.5]]


def test_every_faulty_cell_is_told(figures: Figures, tmp_path: Path) -> None:
    rows = [
        f"{ONE},500101,税收,abc",  # line 2: no number
        f"{ONE},999999,税收,1",  # no county
        f"{ONE},500101,利润,1",  # no figure
        f"{ONE},500101,用地面积,-1",  # never negative
        f"{ONE},500101,加分,10.5",  # above the cap
        f"{MEMBER},500101,税收,1",  # part of another unit
        f"{ONE[:-1]}Y,500101,税收,1",  # nobody
    ]
    path = tmp_path / "b.csv"
    path.write_text("uscc,county_code,figure,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(UserError) as told:
        read(path, figures)
    first, *faults = str(told.value).splitlines()
    assert first == "b.csv 有 7 处错误："
    assert [line for line in range(2, 9) if any(f"第{line}行" in fault for fault in faults)] == [*range(2, 9)]
    assert any("D2" in fault and "无法读成数字" in fault for fault in faults)
    assert any("应在0至10" in fault for fault in faults)
    assert any("用地面积不应为负数" in fault for fault in faults)
    assert any(f"已并入{ONE}" in fault for fault in faults)
    assert any("不是本次发布中的评价企业" in fault for fault in faults)


def test_one_figure_of_one_unit_stands_once(figures: Figures, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"uscc,county_code,figure,value\n{ONE},500101,税收,1\n{ONE},500101,tax,2\n", "utf-8")
    with pytest.raises(UserError, match="重复填写"):
        read(path, figures)


def test_words_of_the_command(figures: Figures) -> None:
    assert from_words(figures, ONE, "500101", ["税收=1,200", "value_added="]) == [
        ChangedFigure(ONE, "500101", "tax", 1200),
        ChangedFigure(ONE, "500101", "value_added", None),
    ]
    with pytest.raises(UserError) as told:
        from_words(figures, ONE, "500101", ["税收", "利润=1", "tax=x", "bonus=11", "tax=1", "税收=2"])
    assert len(str(told.value).splitlines()) == 5
