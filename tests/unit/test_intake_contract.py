"""The feed contract: its labels by year, and a sentence for whatever breaks its form."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.errors import UserError
from orchestration.intake.contract import load_contract
from orchestration.intake.header import Labels, find_header
from orchestration.settings import FEEDS

PARKS = """\
zh: 园区名录
department: commission
grain: one park
key: [park_code]
columns:
  park_code: {zh: 园区代码, type: code}
  park_name: {zh: 园区名称, type: text, labels: [{zh: 园名, last_year: 2022}, {zh: 全称, first_year: 2025}]}
  area: {zh: 面积(亩), type: number, unit: mu, first_year: 2024, labels: [{zh: 占地}]}
"""


def _folder(tmp_path: Path, feed: str = PARKS) -> Path:
    """A contract of one feed."""
    folder = tmp_path / "feeds"
    folder.mkdir()
    for name in ("departments", "units"):
        shutil.copy(FEEDS / f"{name}.yaml", folder)
    (folder / "park_list.yaml").write_text(feed, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("year", "label", "found", "unknown"),
    [
        (2022, "园名", ["园区名称", "园名"], ["全称"]),
        (2023, "园区名称", ["园区名称"], ["园名", "全称"]),
        (2025, "全称", ["园区名称", "全称", "park_name"], ["园名"]),
    ],
)
def test_a_year_has_its_own_labels(
    tmp_path: Path, year: int, label: str, found: list[str], unknown: list[str]
) -> None:
    contract = load_contract(_folder(tmp_path)).for_year(2023).for_year(year)
    feed = contract.feeds["park_list"]
    assert feed.columns["park_name"].label == label
    labels = Labels(feed, contract.units_of_measure)
    assert {match.column for name in found if (match := labels.match(name))} == {"park_name"}
    assert [name for name in unknown if labels.match(name)] == []


@pytest.mark.parametrize(("year", "asked"), [(2023, False), (2024, True)])
def test_a_column_is_asked_for_in_its_years_alone(tmp_path: Path, year: int, asked: bool) -> None:
    contract = load_contract(_folder(tmp_path)).for_year(year)
    header = find_header(
        [["园区代码", "园区名称"]], Labels(contract.feeds["park_list"], contract.units_of_measure)
    )
    assert header is not None
    refusal = header.refusal()
    assert (refusal is not None and "「面积(亩)」" in refusal.reason) == asked
    assert list(contract.feeds["park_list"].every_column) == ["park_code", "park_name", "area"]


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("grain: one park\n", "grain: one park\ncolour: red\n", "colour:", "“colour” is none of"),
        ("type: code}", "typ: code}", "typ:", "“typ” is none of"),
        ("{zh: 园区代码, type: code}", "{type: code}", "park_code: {", "“zh” is missing"),
        ("department: commission\n", "", "", "“department” is missing"),
        ("type: code", "type: kode", "kode", "“type” should be 'text', 'code'"),
        ("unit: mu", "unit: acre", "acre", "no unit “acre”"),
        ("unit: mu", "unit: [mu]", "[mu]", "“unit” should be a valid string"),
        ("commission", "police", "police", "no department “police”"),
        ("[park_code]", "[park_code, code]", "code]", "no column “code”"),
        ("[park_code]", "[area]", "area]", "not there in every year"),
        ("zh: 园区名称", "zh: 园区 代码", "park_name:", "label of “park_code” too"),
        ("zh: 全称", "zh: 面积(亩)", "area:", "label of “park_name” too"),
        ("first_year: 2024", "first_year: soon", "soon", "should be a valid integer"),
        ("first_year: 2024", "first_year: 2024, last_year: 2023", "2023, labels", "before first_year"),
        ("  area:", "  park_code:", "park_code: {zh: 面积", "stands in line 6 too"),
        ("[park_code]", "[park_code", ":\n  park_code", "this is no YAML"),
        ("type: text", "type: choice", "park_name:", "has “choices”"),
        ("zh: 园区代码, ", "zh: 园区代码, max: 3, ", "max:", "has no “max”"),
        ("columns:", "rows: [{zh: 不对, positive: [park_code]}]\ncolumns:", "[park_code]}]", "is no number"),
        ("columns:", "rows: [{zh: 不对}]\ncolumns:", "{zh: 不对}", "exactly one of"),
        (
            "columns:",
            "rows: [{zh: 不对, in_order: [park_code, park_name]}]\ncolumns:",
            "[park_code, park_name]}]",
            "two numbers or two dates",
        ),
        (
            "columns:",
            "rows: [{zh: 不对, filled_only: [park_code]}]\ncolumns:",
            "[park_code]}]",
            "“where” is missing",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_line_and_column(
    tmp_path: Path, old: str, new: str, at: str, said: str
) -> None:
    """`at` is what stands at the place that is told."""
    assert old in PARKS
    content = PARKS.replace(old, new)
    folder = _folder(tmp_path, content)
    before = content[: content.index(at)].split("\n")
    where = f"{folder / 'park_list.yaml'}, line {len(before)}, column {len(before[-1]) + 1}:" if at else ""
    with pytest.raises(UserError) as error:
        load_contract(folder)
    text = str(error.value)
    assert (where in text, said in text) == (True, True), text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("departments", "- tax\n", "should be a valid dictionary"),
        ("units", "money: {yuan: [元], wan: [元]}\n", "line 1, column 26: “元” is yuan already"),
        ("park_list", "zh: \udcff", "is not UTF-8"),
        ("other", PARKS, "the feed other is called “园区名录” too"),
    ],
)
def test_the_other_files_have_their_form_too(tmp_path: Path, name: str, content: str, said: str) -> None:
    folder = _folder(tmp_path)
    (folder / f"{name}.yaml").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=said):
        load_contract(folder)


def test_an_older_contract_reads_files_for_the_tables_of_today(tmp_path: Path) -> None:
    """What it does not know lands empty and is not asked for: a feed that came since, a column that came
    since."""
    then = load_contract(_folder(tmp_path))
    read = load_contract(FEEDS).read_by(then)
    year = read.for_year(2024)
    assert year.feeds.keys() == load_contract(FEEDS).feeds.keys()
    assert list(year.feeds["park_list"].columns) == ["park_code", "park_name", "area"]
    assert "park_type" in year.feeds["park_list"].every_column
    assert read.feed_of("税收入库.csv") is None
    assert not year.feeds["tax_payments"].needed_at("final")


def test_what_another_year_calls_a_column_is_no_other_contract(tmp_path: Path) -> None:
    was = load_contract(_folder(tmp_path))
    (tmp_path / "new").mkdir()
    renamed = load_contract(_folder(tmp_path / "new", PARKS.replace("{zh: 全称,", "{zh: 园区全称,")))
    assert was.fingerprint(2024) == renamed.fingerprint(2024)
    assert was.fingerprint(2025) != renamed.fingerprint(2025)
