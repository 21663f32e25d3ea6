"""The templates: each one is filled in, dropped, and taken without a fault."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.intake.contract import Column
from orchestration.intake.due_days import DueDay
from orchestration.intake.templates import write_templates
from orchestration.intake.values import is_blank
from tests.intake.office import CONTRACT, COUNTIES, YEAR, Office

USCC = "91350100M000100Y43"


def _value(column: Column) -> Any:
    """A value as a clerk would choose or type it."""
    if column.example:
        number = column.type in ("number", "integer") and not is_blank(column.example)
        return float(column.example) if number else column.example
    if column.choices:
        return next(iter(column.choices))
    if column.type == "code":
        if column.reference:
            return "500101"
        return "C3670" if column.check == "industry" else USCC
    return {"number": 1234.5, "integer": 12, "date": "2024/3/1", "boolean": "是", "text": "某某"}[column.type]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    due = {"land_parcels": [DueDay("draft", dt.date(2025, 3, 31))]}
    return write_templates(tmp_path_factory.mktemp("templates"), CONTRACT, COUNTIES, YEAR, due)


def test_every_template_filled_in_is_accepted(templates: list[Path], tmp_path: Path) -> None:
    office = Office(tmp_path)
    for path in templates:
        book = openpyxl.load_workbook(path)
        feed = CONTRACT.feed_of(path.name)
        assert feed is not None
        book[feed.label].append([_value(column) for column in feed.columns.values()])
        stream = io.BytesIO()
        book.save(stream)
        office.drop(path.name, stream.getvalue())
    files = office.read().files
    assert {file.feed for file in files} == set(CONTRACT.feeds)
    for file in files:
        assert (file.status, file.rows_accepted, file.rows_left_out) == ("accepted", 1, 1), file


def test_a_template_left_blank_loads_nothing(templates: list[Path], tmp_path: Path) -> None:
    office = Office(tmp_path)
    for path in templates:
        office.drop(path.name, path.read_bytes())
    assert {(file.status, file.rows_accepted) for file in office.read().files} == {("accepted", 0)}


def test_choices_are_drop_downs_and_codes_are_text(templates: list[Path]) -> None:
    path = next(path for path in templates if path.stem == "企业登记用地")
    sheet = openpyxl.load_workbook(path)["企业登记用地"]
    lists = {
        str(rule.sqref).split(":")[0]: rule.formula1
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }
    assert lists == {"E3": '"工业用地,仓储物流用地,其他"', "D3": "区县代码!$A$2:$A$4"}
    assert sheet["B3"].number_format == "@"
    assert "单位：平方米" in sheet["F2"].comment.text
    assert ("报送期限", "测算 2025-03-31") in openpyxl.load_workbook(path)["填写说明"].values


def test_waivers_without_a_reason_are_passed_over(tmp_path: Path) -> None:
    office = Office(tmp_path)
    feed = CONTRACT.feeds["waivers"]
    rows = [[column.label for column in feed.columns.values()]]
    rows += [["STA-07", "x", reason, "某处", "2025-01-01", "2025-12-31", "", ""] for reason in ("已核实", "")]
    office.drop("豁免清单.csv", "".join(",".join(row) + "\n" for row in rows))
    (file,) = office.read().files
    assert (file.status, file.rows_accepted, file.rows_left_out) == ("accepted", 1, 1)
    assert "没有填写「理由」" in " ".join(office.receipt(file)["remarks"])
