"""The counties' worksheets, from a release and back into an inbox."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl

from orchestration.intake.due_days import DueDay
from orchestration.presentation.worksheets import write_worksheets
from orchestration.release.register import find
from orchestration.settings import Home
from tests.conftest import Outcome
from tests.intake.office import CONTRACT, COUNTIES, YEAR, Office, saved


def test_a_worksheet_is_confirmed_corrected_and_dropped_back(sample: Outcome, tmp_path: Path) -> None:
    office = Office(tmp_path)
    release = find(Home(sample.home), f"{YEAR}")
    due = [DueDay("final", dt.date(2025, 5, 15))]
    written = write_worksheets(Home(office.home), release, CONTRACT, COUNTIES, due, tmp_path / "out")
    with release.database() as tables:
        members = tables.execute(
            """select uscc, enterprise_name, taxpayer_name, round(coalesce(land_area_mu, 0), 4)
               from enterprise_member where county_code = '500101' order by uscc"""
        ).fetchall()
        ((counties,),) = tables.execute(
            "select count(distinct county_code) from enterprise_member"
        ).fetchall()
    assert len(written) == counties

    path = next(path for path in written if path.stem == "区县核实_万州区")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert [(row[0], row[2], row[4], row[5]) for row in rows] == members
    assert [(row[8], row[9], row[10]) for row in rows] == [(*member[2:], None) for member in members]
    land: dict[str, float] = {}
    for row in book["用地明细"].iter_rows(min_row=2, values_only=True):
        land[row[0]] = land.get(row[0], 0.0) + row[6]
    for row in rows:
        if row[6] == "按宗地和合同计算":
            assert abs(land.get(row[0], 0.0) * 0.0015 - row[5]) < 0.0001, row  # 说明 三: 1 m2 = 0.0015 mu
    open_cells = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert sheet.protection.sheet
    assert open_cells == {f"{column}{n}" for column in "IJK" for n in range(3, 3 + len(rows))}
    assert "公布 2025-05-15" in [cell.value for cell in book["填写说明"]["B"]]

    for n in range(3, 3 + len(rows)):
        sheet[f"K{n}"] = dt.date(2025, 5, 10)
    sheet["I3"], sheet["J4"] = "核实后的名称", 12.5
    office.drop(path.name, saved(book))
    (file,) = office.read().files
    assert (file.status, file.rows_accepted, office.receipt(file)["altered"]) == ("accepted", len(rows), [])
    landed = {row["uscc"]: row for row in office.landed("county_verification")}
    assert landed[rows[0][0]]["taxpayer_name"] == "核实后的名称"
    assert landed[rows[1][0]]["verified_area_mu"] == 12.5

    sheet["C3"], sheet["K5"] = "改了的名称", None
    office.drop(path.name, saved(book))
    (file,) = office.read().files
    assert [(cell["cell"], cell["given"], cell["found"]) for cell in office.receipt(file)["altered"]] == [
        ("C3", rows[0][2], "改了的名称")
    ]
    assert [fault.cell for fault in file.faults] == ["K5"]  # not yet verified
