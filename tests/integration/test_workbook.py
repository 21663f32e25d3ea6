"""The workbook of a release: what is on its sheets, and that they read, filter and print well."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.workbook import Workbook

from orchestration.presentation.workbook import write_workbook
from orchestration.terminal import shown
from orchestration.workbooks import lines_of
from tests.conftest import Outcome

SHEETS = [
    "封面",
    "区县排名",
    "园区排名",
    "示范榜单",
    "发展目标",
    "分档户数",
    "分类名单",
    "等级稳定性",
    "测试情形",
    "提质增效清单",
    "集团评价",
    "集团成员",
    "差别化措施",
    "措施对象",
    "提质增效台账",
    "备案对照",
    "指标与得分",
    "企业数据",
    "用地",
    "标准值",
    "区县园区数据",
    "检查发现",
    "豁免事项",
]
# What a year need not have; without rows there is no sheet.
OPTIONAL = {
    "集团评价": "group_result",
    "集团成员": "group_member",
    "差别化措施": "measure",
    "措施对象": "measure_target",
    "提质增效台账": "improvement_progress",
    "备案对照": "filing",
    "等级稳定性": "enterprise_firmness",
    "测试情形": "scenario",
    "提质增效清单": "improvement_list",
    "检查发现": "finding where not waived",
    "豁免事项": "finding where waived",
}
BANDED = {
    "区县排名",
    "园区排名",
    "集团评价",
    "测试情形",
    "提质增效台账",
    "备案对照",
    "指标与得分",
}
DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("file:///etc/passwd")')


def copy_of(release: Path, folder: Path) -> Path:
    """A copy of a release that may be altered, without what is made from it and what it changed."""
    left_out = shutil.ignore_patterns("workbook.xlsx", "packages", "docs", "changes.json")
    copy = Path(shutil.copytree(release, folder, ignore=left_out))
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o700)
    return copy


@pytest.fixture(scope="module")
def release(sample: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the final of the sample year in which names are meant to run as formulas."""
    current = (sample.home / "releases" / "2024" / "current").resolve()
    folder = copy_of(current, tmp_path_factory.mktemp("workbook") / current.name)
    with duckdb.connect(str(folder / "release.duckdb")) as connection:
        codes = connection.execute(
            "select uscc, county_code from enterprise_result order by all limit 6"
        ).fetchall()
        connection.executemany(
            "update enterprise_result set enterprise_name = ? where uscc = ? and county_code = ?",
            [(name, *code) for name, code in zip(DANGEROUS, codes, strict=True)],
        )
    write_workbook(folder)
    return folder


@pytest.fixture(scope="module")
def book(release: Path) -> Workbook:
    return openpyxl.load_workbook(release / "workbook.xlsx")


def rows(release: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(release / "release.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def sheets(release: Path) -> list[str]:
    """The sheets that the workbook of a release has."""
    return [
        name
        for name in SHEETS
        if name not in OPTIONAL or rows(release, f"select 1 from {OPTIONAL[name]} limit 1")
    ]


def headings(book: Workbook, sheet: str, line: int = 1) -> list[str]:
    return [cell.value for cell in book[sheet][line]]


def test_the_cover_says_what_this_is(book: Workbook, release: Path) -> None:
    assert book.sheetnames == sheets(release)
    cover = {row[1]: row[2] for row in book["封面"].iter_rows(values_only=True) if row[1]}
    assert "2024年度制造业亩均效益综合评价（公布）" in cover
    assert cover["评价办法"] == "制造业亩均效益综合评价办法（试行）（渝府办发〔2023〕72号），版本 2023-72"
    assert cover["发布编号"] == f"2024/{release.name}"
    ((enterprises, best),) = rows(
        release,
        "select count(*), count(*) filter (class = 'A') from enterprise_result",
    )
    assert (cover["评价企业"], cover["　A类企业数"]) == (enterprises, best)
    assert [book["封面"].cell(row, 2).hyperlink.location for row in contents(book)] == [
        f"'{name}'!A1" for name in book.sheetnames[1:]
    ]


def test_every_sheet_says_that_it_is_for_the_office(book: Workbook, sample: Outcome) -> None:
    release = sample.home / "releases" / "2024" / "current"
    findings = openpyxl.load_workbook(release / "findings.xlsx")
    working = openpyxl.load_workbook(sample.home / "findings" / "2024" / "findings.xlsx")
    for sheet in (*book, *findings, *working):
        assert sheet.oddHeader.center.text == "内部资料"
    assert "内部资料" in {row[1] for row in book["封面"].iter_rows(values_only=True)}
    public = openpyxl.load_workbook(release / "packages" / "public" / "公示名单.xlsx")
    assert not [sheet for sheet in public if sheet.oddHeader.center.text]
    comments = sample.rows("select table_name, comment from duckdb_tables()")
    assert [table for table, comment in comments if "内部资料" not in comment] == []
    assert "内部资料" in (release / "checks" / "index.html").read_text(encoding="utf-8")
    for page in (release / "site").rglob("*.html"):
        assert "内部资料" in page.read_text(encoding="utf-8"), page


def contents(book: Workbook) -> list[int]:
    return [cell.row for cell in book["封面"]["B"] if cell.hyperlink]


def test_each_enterprise_is_one_row_of_values_and_scores(book: Workbook, release: Path) -> None:
    sheet = book["指标与得分"]
    assert [cell.value for cell in sheet[1] if cell.value] == [
        "亩均增加值",
        "亩均税收",
        "全员劳动生产率",
        "单位能耗增加值",
        "研发投入强度",
    ]
    assert headings(book, "指标与得分", 2)[5:9] == [
        "指标值\n（万元/亩）",
        "单项得分\n（分）",
        "指标值\n（万元/亩）",
        "单项得分\n（分）",
    ]
    shown = {
        (row[0], row[4]): (row[1], row[2], row[7], row[8], row[-1])
        for row in sheet.iter_rows(min_row=3, values_only=True)
    }
    expected = rows(
        release,
        """
        select county_name, uscc, rank, class, tax_per_mu, score, total_score
        from enterprise_result
        left join (from enterprise_item where indicator = 'tax_per_mu') using (county_code, uscc)
        """,
    )
    assert len(shown) == sheet.max_row - 2
    for county, code, *figures in expected:
        assert shown[county, code] == pytest.approx(tuple(figures)), code


def test_counties_are_ranked_within_their_region(book: Workbook, release: Path) -> None:
    shown = [row[:3] for row in book["区县排名"].iter_rows(min_row=3, values_only=True)]
    regions = {"central": "中心城区", "new_districts": "主城新区", "two_clusters": "两群地区"}
    ranked = rows(release, "select region, rank, name from county_result")
    assert sorted(shown) == sorted((regions[region], rank, name) for region, rank, name in ranked)
    places = [list(regions.values()).index(region) * 100 + rank for region, rank, _ in shown]
    assert places == sorted(places)


def test_growth_is_told_over_the_years_and_a_score_that_compares(book: Workbook, release: Path) -> None:
    columns = ["本年数", "增幅基年", "达到目标尚需年均增幅\n（% 或百分点）"]
    heads = headings(book, "发展目标")
    shown = {row[0]: row for row in book["发展目标"].iter_rows(min_row=2, values_only=True)}
    (value, base, needed) = (shown["全员劳动生产率"][heads.index(column)] for column in columns)
    ((wanted, years),) = rows(
        release,
        "select value, target_year - year from city_target where indicator = 'labour_productivity'",
    )
    assert (value, base) == (pytest.approx(wanted), 2023)
    assert wanted * (1 + needed / 100) ** years == pytest.approx(50)  # the target of 意见 二
    assert headings(book, "示范榜单")[-3:] == ["综合得分\n（分）", "全市可比得分\n（分）", "全市可比排名"]


def test_the_counts_add_up_to_the_city(book: Workbook) -> None:
    *counties, city = book["分档户数"].iter_rows(min_row=2, values_only=True)
    assert city[:2] == (None, "合计")
    assert list(city[2:]) == [sum(figures) for figures in list(zip(*counties, strict=True))[2:]]


def test_figures_are_numbers_and_text_never_runs(book: Workbook) -> None:
    names = {cell.value: cell.data_type for cell in book["分类名单"]["E"]}
    for name in map(shown, DANGEROUS):
        assert names[name] == "s"
    for sheet in book:
        assert not [cell.coordinate for row in sheet for cell in row if cell.data_type == "f"], sheet.title
    for sheet, numeric in (
        ("指标与得分", slice(5, None)),
        ("企业数据", slice(5, None)),
        ("用地", slice(3, None)),
    ):
        for row in book[sheet].iter_rows(min_row=3, values_only=True):
            assert all(value is None or isinstance(value, (int, float)) for value in row[numeric])
    assert {cell.data_type for cell in book["企业数据"]["E"][1:]} == {"s"}  # 行业代码


def test_headers_are_the_release_s_own(book: Workbook, release: Path) -> None:
    labels = {
        f"{label}\n（{unit}）" if unit else label
        for label, unit in rows(release, "select label_zh, unit from column_dictionary")
    }
    assert set(headings(book, "企业数据")) - labels == {"属地区县"}  # its name, for the code
    assert set(headings(book, "用地")) <= labels


def test_sheets_read_filter_and_print_well(book: Workbook) -> None:
    for sheet in book.worksheets[1:]:
        head = 2 if sheet.title in BANDED else 1
        assert sheet.freeze_panes.endswith(str(head + 1)), sheet.title
        assert sheet.auto_filter.ref.startswith(f"A{head}:"), sheet.title
        assert sheet.print_title_rows == f"$1:${head}", sheet.title
        assert int(sheet.page_setup.paperSize) == 9, sheet.title
        wide = sheet.sheet_properties.pageSetUpPr
        assert wide.fitToPage, sheet.title  # one page wide, whatever the fonts
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0), sheet.title
        assert sheet.cell(head + 1, 1).font.name == "Microsoft YaHei", sheet.title


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", 1),
        ("一二三四五", 1),  # ten Latin characters wide
        ("一二三四五六", 2),
        ("abcdefg/hijklmn/opq", 3),  # breaks behind a slash, not within a word
        ("abcdefghijklm", 2),  # unless it is longer than a line
        ("一\n二", 2),
    ],
)
def test_a_row_is_as_high_as_its_text(text: str, lines: int) -> None:
    assert lines_of(text, 11) == lines


def test_the_same_release_gives_the_same_bytes(release: Path) -> None:
    first = (release / "workbook.xlsx").read_bytes()
    write_workbook(release)
    assert (release / "workbook.xlsx").read_bytes() == first


def test_a_draft_is_marked_on_every_page(release: Path, tmp_path: Path) -> None:
    draft = copy_of(release, tmp_path / "r009-draft")
    manifest = json.loads((draft / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"stage": "draft", "for_publication": False}
    (draft / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    write_workbook(draft)
    book = openpyxl.load_workbook(draft / "workbook.xlsx")
    assert book["封面"]["B3"].value == "测算稿，仅供核对，不得公布"
    for sheet in book:
        assert sheet.oddFooter.left.text == "测算稿，仅供核对，不得公布"
        assert not sheet.oddFooter.center.text  # the mark may be longer, and would run into it


def test_what_changed_on_the_stage_before_has_its_sheets(release: Path, tmp_path: Path) -> None:
    folder = copy_of(release, tmp_path / "r009-final")
    head = {
        "year": 2024,
        "release": "r001-notice",
        "stage": "notice",
        "edition": "2023-72",
        "code_version": "0",
    }
    nothing: dict[str, Any] = {
        "before": head,
        "after": head,
        "rules": [],
        "moved": [],
        "standards": [],
        "tables": [],
    }
    (folder / "changes.json").write_text(json.dumps(nothing), encoding="utf-8")
    write_workbook(folder)
    book = openpyxl.load_workbook(folder / "workbook.xlsx", read_only=True)
    assert book.sheetnames[: len(sheets(folder))] == sheets(folder)
    assert book.sheetnames[len(sheets(folder))] == "变化·排名等级"


def test_rows_that_come_in_blocks_give_the_same_workbook(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(release, tmp_path / release.name))
    monkeypatch.setattr("orchestration.presentation.sheets._BLOCK", 7)
    write_workbook(copy)
    assert (copy / "workbook.xlsx").read_bytes() == (release / "workbook.xlsx").read_bytes()


def test_a_sheet_of_a_citys_size_is_left_to_the_counties(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(release, tmp_path / release.name))
    monkeypatch.setattr("orchestration.presentation.workbook._MOST_ROWS", 100)
    write_workbook(copy)
    book = openpyxl.load_workbook(copy / "workbook.xlsx")
    told = [row[2] for row in book["封面"].iter_rows(values_only=True) if row[1] == "未列工作表"]
    left_out = {text.partition("（")[0] for text in told}
    assert {"分类名单", "指标与得分", "企业数据", "用地"} <= left_out
    assert [name for name in sheets(release) if name not in left_out] == book.sheetnames
    assert all("评价结果.xlsx" in text for text in told)
