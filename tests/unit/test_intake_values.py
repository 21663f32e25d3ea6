"""What a cell's text means, by type: the CELLS paragraph of the feed contract."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest

from orchestration.intake.contract import Column, load_contract
from orchestration.intake.faults import FAULTS
from orchestration.intake.values import FAULT_NUMBER, TYPES, convert
from orchestration.settings import FEEDS

FEED = load_contract(FEEDS).feeds
NUMBER = replace(FEED["tax_payments"].columns["value_added_tax"], blank_is=None, nullable=True)
COUNT = FEED["enterprise_statistics"].columns["headcount_year_end"]
AREA = FEED["land_parcels"].columns["area_m2"]
DATE = FEED["enterprise_roster"].columns["suspended_since"]
FLAG = FEED["new_industrial_land"].columns["standard_land"]
CHOICE = FEED["land_parcels"].columns["land_use"]
CODE = FEED["land_parcels"].columns["parcel_id"]
COUNTY = FEED["land_parcels"].columns["county_code"]
USCC = FEED["enterprise_roster"].columns["uscc"]
INDUSTRY = FEED["enterprise_roster"].columns["industry_code"]
NAME = FEED["land_parcels"].columns["holder_name"]
YEARS = FEED["county_rules"].columns["newly_above_scale_years"]
BLANK_IS_NO = FEED["enterprise_roster"].columns["data_centre"]
BLANK_IS_ZERO = FEED["tax_payments"].columns["value_added_tax"]

BLANKS = ["", " ", "-", "--", "—", "——", "–", "―", "/", "－", "　", "- -", "／"]
NOT_A_DATE = ["2019年2月30日", "2024年13月1日", "45352", "2024-3", "2024-03-01 12:00", "3/1/2024", "2024-3/1"]
NOT_A_NUMBER = [
    "约12",
    "5%",
    "12元",
    "…",
    "无",
    "1,23",
    "12,34,567",
    "1.2.3",
    "--5",
    "(5)",
    "1e999",
    "nan",
    "0x10",
]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (NUMBER, "12.5", 12.5),
        (NUMBER, " 1,234,567.89 ", 1234567.89),
        (NUMBER, "１２，３４５．６", 12345.6),
        (NUMBER, "−3", -3.0),
        (NUMBER, "1.5E+3", 1500.0),
        (NUMBER, "+7", 7.0),
        (NUMBER, "-0", 0.0),
        *[(NUMBER, blank, None) for blank in BLANKS],
        (BLANK_IS_ZERO, "—", 0.0),
        (BLANK_IS_NO, "", False),
        (COUNT, "12.0", 12),
        (COUNT, "1,200", 1200),
        (YEARS, "3", 3),
        *[
            (DATE, form, dt.date(2024, 3, 1))
            for form in (
                "2024-03-01", "2024/3/1", "2024.3.1", "2024年3月1日", "20240301", "２０２４年３月１日",
                "2024-03-01 00:00:00", "2024/3/1 0:00", "2024-03-01T00:00:00",
            )
        ],
        (FLAG, "是", True),
        (FLAG, "false", False),
        (CHOICE, "工业用地", "industrial"),
        (CHOICE, "warehousing", "warehousing"),
        (CODE, " gb 001 ", "GB001"),
        (CODE, "ＧＢ００１", "GB001"),
        (CODE, "12345.0", "12345"),
        (COUNTY, "500101", "500101"),
        (USCC, "91350100m000100y43", "91350100M000100Y43"),
        (INDUSTRY, "C3670", "3670"),
        (INDUSTRY, "3670", "3670"),
        (NAME, " 重庆　甲公司 ", "重庆　甲公司"),
        (NAME, "（渝）", "（渝）"),
    ],
)  # fmt: skip
def test_reads(column: Column, cell: str, value: object) -> None:
    read = convert(column, pa.array([cell]), {"counties": ["500101"]})
    assert read.values.type == TYPES[column.type]
    assert (read.values.to_pylist(), read.faults.to_pylist()) == ([value], [0])


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        *[(NUMBER, cell, "not_a_number") for cell in NOT_A_NUMBER],
        (NUMBER, "#DIV/0!", "error_value"),
        (NAME, "#N/A", "error_value"),
        (AREA, "-1", "negative"),
        (AREA, "", "missing"),
        (NAME, "/", "missing"),
        (COUNT, "12.5", "not_an_integer"),
        (YEARS, "4", "too_large"),
        *[
            (DATE, cell, "not_a_date")
            for cell in NOT_A_DATE
        ],
        (FLAG, "也许", "not_a_boolean"),
        (FLAG, "1", "not_a_boolean"),
        (CHOICE, "商业用地", "not_a_choice"),
        (COUNTY, "500222", "not_in_reference"),
        (CODE, "5.00101E+17", "scientific_notation"),
        (CODE, "GB\u200b001", "invisible"),
        (USCC, "91350100M000100Y44", "invalid_code"),
        (USCC, "9135-0100M000100Y4", "invalid_code"),
        (INDUSTRY, "36", "invalid_code"),
        (INDUSTRY, "CC3670", "invalid_code"),
    ],
)  # fmt: skip
def test_faults(column: Column, cell: str, fault: str) -> None:
    read = convert(column, pa.array([cell]), {"counties": ["500101"]})
    assert (read.values.to_pylist(), read.faults.to_pylist()) == ([None], [FAULT_NUMBER[fault]])
    assert fault in FAULTS
