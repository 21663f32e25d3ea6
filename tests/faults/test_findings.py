"""What the departments get of the findings: where each figure came from, workbook, page, waivers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.intake.contract import load_contract
from orchestration.judgement import waivers_in_force
from orchestration.presentation.checks_page import write_checks_page
from orchestration.presentation.findings_workbook import write_findings
from orchestration.publish import write_judged_findings
from orchestration.settings import FEEDS
from tests.conftest import Outcome
from tests.drops import Drop, uscc
from tests.faults.conftest import JudgedCase
from tests.faults.pairs import HERE, PAIRS

CONTRACT = load_contract(FEEDS)
WAIVERS = CONTRACT.feeds["waivers"].label


def source_of(judged: JudgedCase, rule_id: str, figure: int = 1) -> str:
    ((source,),) = judged.recorded(
        f"select source_{figure} from judgement.finding where rule_id = '{rule_id}' and year = 2024"
    )
    return str(source)


def row_of(judged: JudgedCase, feed: str, **values: Any) -> int:
    """The row of Excel that has these values; the header is the first."""
    rows = judged.case.this.rows[feed]
    (place,) = (n for n, row in enumerate(rows) if values.items() <= row.items())
    return place + 2


def test_each_figure_tells_the_file_and_row_that_it_came_from(breaks: JudgedCase) -> None:
    row = row_of(breaks, "enterprise_statistics", uscc=uscc(301))
    for figure in (1, 2):
        source = source_of(breaks, "STA-01", figure)
        assert re.fullmatch(rf"市统计局 / enterprise_statistics\.csv / (第{row}行|[A-Z]+{row})", source)


def test_a_figure_of_a_unit_tells_the_rows_of_its_members(holds: JudgedCase) -> None:
    with duckdb.connect(str(holds.warehouse), read_only=True) as warehouse:
        rows = warehouse.execute(
            "select source_row from int_sources__subjects where level = 'unit' and subject = ? "
            "and feed = 'enterprise_statistics' order by all",
            [f"{uscc(105)}/{HERE}"],
        ).fetchall()
    members = [row_of(holds, "enterprise_statistics", uscc=code) for code in (uscc(105), uscc(106))]
    assert [row for (row,) in rows] == sorted(members)


def test_a_figure_that_nobody_delivered_says_so(breaks: JudgedCase) -> None:
    assert source_of(breaks, "MAT-01") == "市统计局 / 企业主要指标：无对应行"
    assert (
        source_of(breaks, "MAT-03") == "市规划自然资源局 / 企业登记用地、租赁购买用地、核定用地面积：无对应行"
    )


def test_what_a_department_says_stands_beside_the_source_of_the_roster(breaks: JudgedCase) -> None:
    for rule_id in ("MAT-05", "TAX-04"):
        assert source_of(breaks, rule_id, figure=2).startswith(
            "市经济信息委（市亩均办） / enterprise_roster.csv / "
        )


def test_a_row_set_aside_tells_its_cell(breaks: JudgedCase) -> None:
    row = row_of(breaks, "new_industrial_land", area_m2="约12")
    assert source_of(breaks, "INT-01") == f"市规划自然资源局 / new_industrial_land.csv / D{row}"


def test_every_finding_says_who_mends_it_and_how(breaks: JudgedCase) -> None:
    told = breaks.recorded("select departments, mend_by, mend from judgement.finding where year = 2024")
    for departments, mend_by, mend in told:
        assert mend
        assert {*departments.split(","), *mend_by.split(",")} <= CONTRACT.departments.keys()


def test_each_waiver_is_recorded_with_what_became_of_it(holds: JudgedCase, breaks: JudgedCase) -> None:
    query = "select finding_key, status from judgement.waiver where year = 2024 order by finding_key"
    first, second = f"{uscc(802)}/{HERE}", f"{uscc(803)}/{HERE}"
    assert holds.recorded(query) == [(first, "in_force"), (second, "in_force")]
    assert breaks.recorded(query) == [(first, "expired"), (second, "unused")]
    with duckdb.connect(str(holds.warehouse), read_only=True) as warehouse:
        in_force = waivers_in_force(warehouse, 2024)
    assert [(waiver["rule_id"], waiver["finding_key"]) for waiver in in_force] == [
        ("LND-10", first),
        ("LND-10", second),
    ]


@pytest.fixture(scope="module")
def workbook(breaks: JudgedCase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The findings of the refused run."""
    path = tmp_path_factory.mktemp("findings") / "2024" / "findings.xlsx"
    with duckdb.connect(str(breaks.warehouse), read_only=True) as warehouse:
        write_judged_findings(warehouse, 2024, path)
    return path


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[Outcome], Path]:
    """Copies what the outputs of a release are made of into a folder that can be written."""

    def copy(outcome: Outcome) -> Path:
        released, folder = outcome.home / "releases" / "2024" / "current", tmp_path / "release"
        folder.mkdir()
        for name in ("release.duckdb", "manifest.json"):
            shutil.copyfile(released / name, folder / name)
        shutil.copytree(released / "policy", folder / "policy")
        return folder

    return copy


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """The rows of a sheet by their headings."""
    heading, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, heading), row, strict=True)) for row in rows]


def test_a_refused_run_has_a_sheet_per_department_and_county(breaks: JudgedCase, workbook: Path) -> None:
    book = load_workbook(workbook)
    counties = breaks.recorded(
        "select distinct county_name from judgement.finding where year = 2024 and county_name is not null"
    )
    expected = {"说明", WAIVERS, *CONTRACT.departments.values(), *(name for (name,) in counties)}
    assert set(book.sheetnames) == expected
    told = {row["规则编号"] for name in CONTRACT.departments.values() for row in rows_of(book[name])}
    assert told == PAIRS.keys()


def test_what_blocks_a_publication_comes_first(workbook: Path) -> None:
    book = load_workbook(workbook)
    for name in CONTRACT.departments.values():
        levels = [row["级别"] for row in rows_of(book[name])]
        assert levels == sorted(levels, key=["错误", "警告"].index)


def test_the_list_of_waivers_has_the_shape_of_its_feed(breaks: JudgedCase, workbook: Path) -> None:
    rows = rows_of(load_workbook(workbook)[WAIVERS])
    labels = [column.label for column in CONTRACT.feeds["waivers"].columns.values()]
    assert list(rows[0]) == [*labels, "级别", "问题"]  # the last two for whoever decides
    found = breaks.recorded(
        """select rule_id, finding_key, case when label_1 is not null then coalesce(figure_1, '（缺）') end,
               message
           from judgement.finding as finding inner join judgement.verdict as verdict using (year, rule_id)
           where year = 2024"""
    )
    assert {(row["规则编号"], row["对象"], row["数值一"], row["问题"]) for row in rows} == set(found)
    assert not any(row[name] for row in rows for name in ("理由", "批准人", "批准日期", "失效日期"))


def test_an_error_of_a_formula_is_not_pinned(breaks: JudgedCase, tmp_path: Path) -> None:
    """Else intake would set the completed row aside for it."""
    copy = shutil.copy(breaks.warehouse, tmp_path / "mujun.duckdb")
    with duckdb.connect(str(copy)) as warehouse:
        warehouse.execute("update judgement.finding set figure_1 = '#DIV/0!' where rule_id = 'INT-01'")
        write_judged_findings(warehouse, 2024, tmp_path / "findings.xlsx")
    rows = rows_of(load_workbook(tmp_path / "findings.xlsx")[WAIVERS])
    assert [row["数值一"] for row in rows if row["规则编号"] == "INT-01"] == [None]


def test_the_waivers_in_force_stay_on_the_list(holds: JudgedCase, tmp_path: Path) -> None:
    with duckdb.connect(str(holds.warehouse), read_only=True) as warehouse:
        write_judged_findings(warehouse, 2024, tmp_path / "findings.xlsx")
    rows = rows_of(load_workbook(tmp_path / "findings.xlsx")[WAIVERS])
    assert [(row["理由"], row["批准人"], str(row["失效日期"])[:10]) for row in rows] == [
        ("已核实", "某处", "2025-06-01"),
        ("已核实", "某处", "2025-06-01"),
    ]


def test_completed_and_dropped_it_is_the_list_of_waivers(
    breaks: JudgedCase, workbook: Path, tmp_path: Path, evaluate: Callable[..., Outcome]
) -> None:
    """The office gives a reason for every error, saves the workbook under the name of the feed, drops it."""
    book = load_workbook(workbook)
    errors = {
        (rule_id, key)
        for rule_id, key in breaks.recorded(
            "select rule_id, finding_key from judgement.finding where year = 2024 and severity = 'error'"
        )
    }
    for row in book[WAIVERS].iter_rows(min_row=2):
        if (row[0].value, row[1].value) in errors:
            for cell, value in zip(row[2:6], ("已核实", "某处", date(2025, 5, 1), "2026-05-01"), strict=True):
                cell.value = value
    inbox, home = tmp_path / "inbox", tmp_path / "home"
    shutil.copytree(breaks.inbox, inbox)
    shutil.copytree(breaks.outcome.home, home, symlinks=True)
    (inbox / "commission" / "2024" / "waivers.csv").unlink()
    book.save(inbox / "commission" / "2024" / f"{WAIVERS}.xlsx")
    outcome = evaluate(inbox, year=2024, stage="final", home=home)
    assert outcome.status == 0, outcome.err
    assert set(outcome.rows("select rule_id, finding_key from waiver where status = 'in_force'")) == errors
    assert set(outcome.rows("select rule_id, finding_key from finding where waived")) == errors


def test_the_page_of_a_release_tells_every_rule_and_loads_nothing(
    holds: JudgedCase, copied: Callable[[Outcome], Path]
) -> None:
    release = copied(holds.outcome)
    write_checks_page(release)
    page = (release / "checks" / "index.html").read_text(encoding="utf-8")
    for rule_id in PAIRS:
        assert f'id="{rule_id}"' in page
    assert "expect_figures_to_agree" in page
    assert not re.search(r"(src|href)=[\"']?(https?:)?//|@import|url\(", page)


def test_no_text_becomes_a_formula_or_markup(
    tmp_path: Path, evaluate: Callable[..., Outcome], copied: Callable[[Outcome], Path]
) -> None:
    drop = Drop(2024)
    drop.enterprise(1, HERE, value_added=500, revenue=400, enterprise_name='=HYPERLINK("x")<b>&厂')
    drop.survey_all()
    outcome = evaluate(drop.write(tmp_path / "inbox"))
    assert outcome.status == 0, outcome.err
    release = copied(outcome)
    write_findings(release)
    write_checks_page(release)
    cells = [cell for sheet in load_workbook(release / "findings.xlsx") for row in sheet.rows for cell in row]
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
    assert not any(cell.data_type == "f" for cell in cells)
    page = (release / "checks" / "index.html").read_text(encoding="utf-8")
    assert "=HYPERLINK(&#34;x&#34;)&lt;b&gt;&amp;厂" in page
