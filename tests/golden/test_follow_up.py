"""Branches over county borders, groups, targets over years, what follows from a result.

Rulebook 1.4, 1.5, 1.8, 8.1, 8.2, 11.

On three years of their own: on 2025-11-06 江北区, 渝北区 and the zone 两江新区 became the one county 500157.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import duckdb
import openpyxl
import pytest

from orchestration.presentation.measure_lists import CONTENTS, write_measure_lists
from orchestration.release import measures
from orchestration.release.measures import write_measure_tables
from orchestration.release.reading import open_release
from tests.conftest import Outcome, mujun
from tests.drops import Drop, uscc
from tests.golden.examples import Released, Row

JIANGBEI, YUBEI, MERGED = "500105", "500112", "500157"
HERE, NEW = "500102", "500103"
GROUP_COUNTY, BRANCH_COUNTY = "500229", "500230"
MEMBER_A, MEMBER_B, GUEST_OF = "500231", "500233", "500235"
TARGET = 1511


def base_year() -> Drop:
    # 1 万元 a tonne of coal equivalent, R&D of 1 % of the revenue
    drop = Drop(2023)
    drop.enterprise(9100, HERE, value_added=100, energy=100, revenue=400, rd=4)
    drop.survey_all(mu=100)
    return drop


def last_year() -> Drop:
    drop = Drop(2024)
    for number in (9101, 9102, 9104):
        drop.enterprise(number, HERE, suspended_since="2020-01-01")
    # One enterprise in two counties that merge: class B, alone in the one, and vetoed in the other.
    code = drop.enterprise(9103, JIANGBEI)
    drop.add("enterprise_roster", uscc=code, county_code=YUBEI, suspended_since="2020-01-01")
    drop.statistics(code, YUBEI)
    drop.tax(code, YUBEI, value_added_tax=100000)
    drop.parcel(code, YUBEI, 5)
    drop.survey_all(mu=100)
    return drop


def this_year() -> Drop:
    drop = Drop(2025)
    _branch(drop)
    _group(drop)
    _improvement(drop)
    _measures(drop)
    drop.survey_all(mu=100)
    return drop


def _branch(drop: Drop) -> None:
    # One enterprise, registered in one county, with a base in another that cannot account for itself.
    drop.park("PARK15", BRANCH_COUNTY)
    code = drop.enterprise(TARGET, GROUP_COUNTY)
    drop.enterprise(
        TARGET,
        BRANCH_COUNTY,
        value_added=30,
        tax=5,
        land_mu=4,
        park_code="PARK15",
        merge_into_uscc=code,
        merge_reason="异地分支",
        merge_into_county_code=GROUP_COUNTY,
    )
    drop.honour(code, "2025-04-04")
    drop.incident(BRANCH_COUNTY, "2025-05-05", "较大及以上安全生产事故", uscc=code)
    for county in (GROUP_COUNTY, BRANCH_COUNTY):
        drop.add(
            "objections",
            objection_no=f"Y{county}",
            uscc=code,
            county_code=county,
            received_on="2026-05-05",
            subject="税收",
            claim="有误",
        )


def _group(drop: Drop) -> None:
    # Standards of the county: 10, 7.5, 5 万元/亩; 2, 1.5, 1 万元/亩; 10, 7.5, 5 万元/人; 2, 1.5, 1 万元/吨;
    # 2, 1.5, 1 %.
    drop.enterprise(1813, GUEST_OF)
    drop.enterprise(1814, GUEST_OF, value_added=50, tax=10, rd=4)
    # Together 90 万元 of value added, 27 of tax, 9 mu, 12 persons, 60 tonnes, 9 of 600 万元 for R&D.
    a = {"value_added": 60, "tax": 22, "land_mu": 5, "headcount": 8, "energy": 40, "revenue": 300, "rd": 3}
    b = {"value_added": 30, "tax": 5, "land_mu": 4, "headcount": 4, "energy": 20, "revenue": 300, "rd": 6}
    codes = [drop.enterprise(1811, MEMBER_A, **a), drop.enterprise(1812, MEMBER_B, **b)]
    drop.honour(codes[0], "2025-04-04")
    drop.incident(MEMBER_B, "2025-05-05", "新增违法用地", uscc=codes[1])
    for application, second in (("G1", codes[1]), ("G2", uscc(1899))):
        for code, county in ((codes[0], MEMBER_A), (second, MEMBER_B)):
            drop.add(
                "group_applications",
                application_no=application,
                group_uscc=uscc(1810),
                group_name="样例集团",
                evaluating_county_code=GUEST_OF,
                uscc=code,
                county_code=county,
                approved_by="某委",
                approved_on="2025-03-01",
            )


def _improvement(drop: Drop) -> None:
    drop.enterprise(9101, HERE)
    drop.enterprise(9104, HERE, merge_into_uscc=uscc(9101), merge_reason="集团")
    drop.enterprise(9103, MERGED)
    drop.enterprise(9105, NEW)
    for number, county, due_on, status in (
        (9101, HERE, "2025-05-31", "推进中"),
        (9103, MERGED, "2025-06-01", "推进中"),
        (9105, NEW, "2025-05-31", "已完成"),
    ):
        drop.add(
            "improvement_plans",
            uscc=uscc(number),
            county_code=county,
            batch="帮扶提升",
            plan="技术改造",
            responsible="某局",
            started_on="2025-01-02",
            due_on=due_on,
            status=status,
            completed_on="2025-05-30" if status == "已完成" else "",
        )


def _measures(drop: Drop) -> None:
    measures: list[dict[str, object]] = [
        {"applies_to": "企业", "class": "B", "county_code": HERE},
        {"applies_to": "企业", "class": "B", "valid_from": "2025-01-01", "valid_to": "2025-12-31"},
        {"applies_to": "企业", "class": "B", "valid_from": "2027-01-01"},
        {"applies_to": "区县", "rank_from": 1, "rank_to": 99, "county_code": GUEST_OF},
        {"applies_to": "区县", "rank_from": 1, "rank_to": 1},
    ]
    for number, told in enumerate(measures, 1):
        row: dict[str, object] = {
            "field": "用地",
            "measure": "优先保障",
            "executed_by": "某局",
            "basis": "某文",
            "valid_from": "2026-12-31",
        }
        drop.add("measures", measure_no=f"M{number}", **{**row, **told})


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, evaluate: Callable[..., Outcome]) -> Released:
    """What was released for 2025, after 2023 and 2024."""
    inbox, home = tmp_path_factory.mktemp("follow-up") / "inbox", tmp_path_factory.mktemp("follow-up-home")
    for drop in (base_year(), last_year(), this_year()):
        outcome = evaluate(drop.write(inbox), year=drop.year, home=home)
        assert outcome.status == 0, outcome.out + outcome.err
    return Released.read(home / "releases" / "2025" / "r001-draft")


def test_1_4_a_branch_is_scored_with_its_group(released: Released) -> None:
    unit = released.result(TARGET)
    assert (unit["county_code"], unit["members"]) == (GROUP_COUNTY, 2)
    assert (unit["value_added"], unit["tax"], unit["land_area_mu"]) == (130, 25, pytest.approx(14))
    # The title belongs to the enterprise and counts once, whatever rows it has.
    assert (unit["bonus"], unit["deduction"], unit["total_score"]) == (2, 1, 101)
    assert not released.rows("class_count", county_code=BRANCH_COUNTY)


def test_1_5_and_counts_for_territories_where_it_lies(released: Released) -> None:
    told = ("enterprises", "value_added", "deduction")
    counties = {
        row["county_code"]: tuple(row[name] for name in told) for row in released.tables["county_result"]
    }
    assert counties[GROUP_COUNTY] == (1, 100, 0)
    assert counties[BRANCH_COUNTY] == (1, 30, 1)  # the incident, named outright and by its branch, once
    park = released.row("park_result", park_code="PARK15")
    assert tuple(park[name] for name in told) == (1, 30, 1)
    city = sum(row["value_added"] for row in released.tables["enterprise_result"])
    assert sum(row["value_added"] for row in released.tables["county_result"]) == city


def test_1_8_a_group_is_a_guest_at_the_standards_of_a_county(released: Released) -> None:
    (group,) = released.tables["group_result"]  # G2 names a stranger: GRP-01
    assert (group["application_no"], group["members"], group["evaluating_county_code"]) == ("G1", 2, GUEST_OF)
    assert (group["value_added"], group["tax"], group["land_area_mu"]) == (90, 27, pytest.approx(9))
    items = {row["indicator"]: (row["tier"], row["score"]) for row in released.tables["group_item"]}
    assert items == {
        "value_added_per_mu": ("优", 30),  # 90 / 9 = the maximum
        "tax_per_mu": ("优", 35),  # 27 / 9 = 3, beyond the maximum of 2
        "labour_productivity": ("较优", 13.5),  # 90 / 12 = the mean: 0.9 × 15
        "value_added_per_energy": ("较优", 9),  # 90 / 60 = the mean: 0.9 × 10
        "rd_intensity": ("较优", 9),  # 9 / 600 = the mean
    }
    assert (group["base_score"], group["bonus"], group["deduction"], group["total_score"]) == (
        96.5,
        2,
        1,
        97.5,
    )
    # One of the two classified is better: rank 2, and 0.75 × 2 = 1.5 → 2.
    assert (group["would_be_rank"], group["class"]) == (2, "B")
    assert released.standard(GUEST_OF, "tax_per_mu")["n"] == 2


def test_1_8_the_members_keep_their_own_results(released: Released) -> None:
    members = {row["county_code"]: row["total_score"] for row in released.tables["group_member"]}
    assert members == {MEMBER_A: 102, MEMBER_B: 99}  # each alone in its county: 100 + 2, 100 − 1


def test_1_8_a_member_and_the_group_s_company_are_explained(released: Released) -> None:
    home = released.folder.parents[2]
    of_member = mujun("explain", "--year", "2025", "--uscc", uscc(1811), home=home).out
    assert "相当于B类" in of_member
    assert "22 + 5" not in of_member  # the sheet goes to the member: not what the other one brings
    of_company = mujun("explain", "--year", "2025", "--uscc", uscc(1810), home=home).out
    for line in (
        "税收 27 万元 ÷ 用地面积 9 亩 = 3 万元/亩",
        "30 + 35 + 13.5 + 9 + 9 = 96.5",
        "指标得分 96.5 + 加分 2 − 减分 1 = 97.5",
        "相当于第2名、B类",
    ):
        assert line in of_company
    assert mujun("explain", "--year", "2025", "--uscc", uscc(1899), home=home).status == 2


def test_1_8_a_county_sees_of_a_group_with_others_what_is_public(released: Released) -> None:
    """Less its own member, a sum of two is the other county's figure."""
    for county in (MEMBER_A, MEMBER_B, GUEST_OF):
        package = released.folder / "packages" / "counties" / county
        group = duckdb.sql(f"from '{package}/group_result.parquet'").df().iloc[0].dropna().to_dict()
        assert group["class"] == "B"
        assert set(group) == {
            "year", "application_no", "evaluating_county_code", "group_uscc", "group_name", "class",
            "approved_by", "approved_on",
        }  # fmt: skip
        items = duckdb.sql(f"select value, score, standard_max from '{package}/group_item.parquet'").df()
        assert items.notna().sum().sum() == 0
    assert not (released.folder / "packages" / "counties" / HERE / "group_result.parquet").exists()


def test_10_2_a_county_sees_of_its_branch_s_objection_no_figure_of_the_unit(released: Released) -> None:
    """The unit's 20 + 5, less the branch's 5, is what another county's enterprise has. The county of the unit
    has the branch's objection too: the figure is its own."""
    for county, figures in ((GROUP_COUNTY, [25, 25]), (BRANCH_COUNTY, [None])):
        assert released.row("objection", county_code=county)["figure_after"] == 25
        package = released.folder / "packages" / "counties" / county / "objection.parquet"
        shown = duckdb.sql(f"select figure_after from '{package}'").fetchall()
        assert [figure for (figure,) in shown] == figures


def test_1_5_a_county_sees_of_a_branch_its_own_part(released: Released) -> None:
    package = released.folder / "packages" / "counties" / BRANCH_COUNTY
    counted = duckdb.sql(
        f"select belonging, whole, value_added, total_score from '{package}/territory_enterprise.parquet' "
        "where level = 'county'"
    ).fetchall()
    assert counted == [("branch", False, 30, 101)]
    items = duckdb.sql(f"select count(*), count(value), count(score) from '{package}/home_item.parquet'")
    assert items.fetchall() == [(5, 0, 0)]  # the group is alone in its county: each standard is its own ratio


def test_what_follows_has_its_sheets(released: Released) -> None:
    book = openpyxl.load_workbook(released.folder / "workbook.xlsx", read_only=True)
    members = list(book["集团成员"].iter_rows(min_row=2, values_only=True))
    assert [row[2] for row in members][-1] == "集团总体：样例集团"
    assert [row[6:9] for row in members] == [(102, 5, 60), (99, 4, 30), (97.5, 9, 90)]
    measures_ = {row[0]: row for row in book["差别化措施"].iter_rows(min_row=2, values_only=True)}
    assert (measures_["M2"][4], measures_["M2"][-1]) == ("全市", 0)  # in force in 2025 only
    followed = {row[2]: row for row in book["提质增效台账"].iter_rows(min_row=3, values_only=True)}
    assert (followed[uscc(9102)][14], followed[uscc(9104)][15]) == ("是", uscc(9101))  # gone; merged


def final_of(released: Released, folder: Path, former: str | None, *changes: str) -> Path:
    """A copy of the release as a final, its tables changed, with the lists that follow from it."""
    shutil.copytree(released.folder, folder, ignore=shutil.ignore_patterns("packages", "site", "docs"))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"stage": "final", "former_final": former}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with duckdb.connect(str(folder / "release.duckdb")) as connection:
        for sql in changes:
            connection.execute(sql)
    write_measure_tables(folder)
    write_measure_lists(folder)
    return folder / "packages" / "measures"


def listed(package: Path, number: int, sheet: str = "名单") -> list[tuple[str, str, str | None]]:
    """Number of the measure, name of the target, and what changed, of one list."""
    book = openpyxl.load_workbook(package / f"措施清单_{number:02d}.xlsx")
    assert all(page.oddHeader.center.text == "内部资料" for page in book)
    return [(row[0], row[4], row[11]) for row in book[sheet].iter_rows(min_row=2, values_only=True)]


def test_11_1_each_body_has_its_list_with_what_changed(
    released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "../../../etc/某局:*?"
    joint = f"update measure set executed_by = '某局、{hostile}' where measure_no = 'M1'"
    first = tmp_path / "first"
    package = final_of(released, first, None, joint)
    assert sorted(path.name for path in package.iterdir()) == [
        "measure.parquet", "measure_target.parquet", "措施清单_01.xlsx", "措施清单_02.xlsx", CONTENTS,
    ]  # fmt: skip
    contents = list(openpyxl.load_workbook(package / CONTENTS)["清单"].values)[1:]
    assert [row[1] for row in contents] == [hostile, "某局"]
    # M1 is for class B of one county, M4 for the counties of any rank in another.
    before = listed(package, 2)
    assert {(number, change) for number, _, change in before} == {("M1", None), ("M4", None), ("M5", None)}
    assert {number for number, _, _ in listed(package, 1)} == {"M1"}

    @contextmanager
    def database() -> Iterator[duckdb.DuckDBPyConnection]:
        with open_release(first) as connection:
            yield connection

    monkeypatch.setattr(measures, "find", lambda *_: SimpleNamespace(database=database))
    # M1 has another number this time and says the same; M4 is carried out with 乙局 now; M5 names one county
    # for another.
    package = final_of(
        released,
        tmp_path / "second",
        "2024/r001-final",
        joint,
        "update measure set executed_by = '某局、乙局' where measure_no = 'M4'",
        "update measure set measure_no = 'N1' where measure_no = 'M1'",
        "update measure_target set measure_no = 'N1' where measure_no = 'M1'",
        "update measure_target set code = '500230', name = '新来' "
        f"where (measure_no, code) = ('M5', '{NEW}')",
    )
    changed = listed(package, 3)
    assert {change for number, _, change in changed if number in ("N1", "M4")} == {"保留"}
    assert {change for _, _, change in listed(package, 2)} == {"新增"}
    assert [name for number, name, change in changed if change == "新增"] == ["新来"]
    ((number, _, change),) = listed(package, 3, "退出")
    assert (number, change) == ("M5", "退出")


def test_8_1_the_common_score_is_measured_against_the_whole_city(released: Released) -> None:
    items = [row for row in released.tables["enterprise_item"] if row["value"] is not None]
    values: dict[str, list[float]] = {}
    for row in items:
        values.setdefault(row["indicator"], []).append(row["value"])

    def points(row: Row) -> float:
        all_of_it, value, weight = values[row["indicator"]], row["value"], row["weight"]
        best, mean, least = max(all_of_it), sum(all_of_it) / len(all_of_it), min(all_of_it)
        if value == pytest.approx(best):
            return float(weight)
        if value >= mean:
            return float(weight * (0.9 + (value - mean) / (best - mean) * 0.1))
        return float(weight * (0.8 + (value - least) / (mean - least) * 0.1))

    listed = released.row("demonstration", level="enterprise", code=f"{uscc(TARGET)}/{GROUP_COUNTY}")
    own = sum(points(row) for row in items if row["uscc"] == uscc(TARGET))
    assert listed["total_score"] == 101
    assert listed["common_score"] == pytest.approx(own + 2 - 1, abs=3e-4)
    assert listed["common_rank"] > listed["rank"]


def test_8_2_mean_growth_and_the_pace_still_needed(released: Released) -> None:
    city = {row["indicator"]: row for row in released.tables["city_target"]}
    energy, rd = city["value_added_per_energy"], city["rd_intensity"]
    assert {row["base_year"] for row in city.values()} == {2023}
    # 1 in 2023: two years on, and two years before 2027
    assert energy["mean_growth"] == pytest.approx((energy["value"] ** 0.5 - 1) * 100)
    assert energy["needed_growth"] == pytest.approx(((2.24 / energy["value"]) ** 0.5 - 1) * 100)
    assert energy["met"] is (energy["value"] >= 2.24 and energy["mean_growth"] >= 3)
    assert rd["mean_growth"] == pytest.approx((rd["value"] - 1) / 2)  # in points; 1 % in 2023
    assert rd["needed_growth"] == pytest.approx((2 - rd["value"]) / 2)
    assert city["tax_per_mu"]["needed_growth"] is None  # growth alone is asked for
    assert city["value_added_per_emission"]["mean_growth"] is None  # nobody emits


def progress(released: Released, number: int) -> Row:
    return released.row("improvement_progress", uscc=uscc(number))


def test_11_2_what_became_of_the_classes_c_and_d(released: Released) -> None:
    up = progress(released, 9101)
    assert (up["previous_class"], up["previous_veto_reason"], up["class"]) == ("D", "suspended", "B")
    assert (up["moved"], up["gone"], up["overdue"]) == ("up", False, True)  # due the day before 2025-06-01
    gone = progress(released, 9102)
    assert (gone["gone"], gone["unit_uscc"], gone["moved"], gone["overdue"]) == (True, None, None, None)
    merged = progress(released, 9104)
    assert (merged["unit_uscc"], merged["class"], merged["moved"]) == (uscc(9101), "B", "up")


def test_11_2_and_of_whoever_has_a_plan(released: Released) -> None:
    met = progress(released, 9103)  # the better of the two that met in one county stands for both
    assert (met["county_code"], met["previous_class"], met["previous_total_score"]) == (MERGED, "B", 100)
    assert (met["moved"], met["overdue"]) == ("same", False)  # due on the day itself
    new = progress(released, 9105)
    assert (new["previous_class"], new["moved"], new["class"], new["overdue"]) == (None, None, "B", False)
    assert {row["uscc"] for row in released.tables["improvement_progress"]} == {
        uscc(number) for number in (9101, 9102, 9103, 9104, 9105)
    }


def test_11_1_measures_by_class_and_by_rank(released: Released) -> None:
    targets: dict[str, set[str]] = {}
    for row in released.tables["measure_target"]:
        targets.setdefault(row["measure_no"], set()).add(row["code"])
    best = {row["county_code"] for row in released.rows("county_result", rank=1)}
    assert targets == {
        "M1": {f"{uscc(9101)}/{HERE}"},  # of its county; it begins on the last day of 2026
        "M4": {GUEST_OF},
        "M5": best,
    }
    applied = {row["measure_no"]: row["applied"] for row in released.tables["measure"]}
    assert (applied["M1"], applied["M2"], applied["M3"]) == (1, 0, 0)  # over before 2026; not yet in force
