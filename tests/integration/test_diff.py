"""What changed between two releases: a draft, the notice after it, copies of the notice altered by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from orchestration.presentation.changes import why
from orchestration.presentation.wording import read_wording
from orchestration.release.diff import Changes, compare_with_former, diff, read_changes, to_json
from tests.conftest import Outcome, mujun
from tests.drops import MU, Drop, uscc

HERE, ELSEWHERE = "500103", "500105"
# Other counties, where units change in structure.
PLACE, NEIGHBOUR, ZONE = "500106", "500107", "LJXQ"

# By number of the enterprise, what is not plain of it: before the correction, and after.
BEFORE: dict[int, dict[str, Any]] = {
    31: {},
    32: {"merge_into_uscc": uscc(31), "merge_reason": "同一厂区"},
    33: {},
    34: {},
    35: {"county": NEIGHBOUR},
    37: {},
    38: {},
    39: {},
    40: {"tax": 0.0},
    41: {"park_code": "YQ7"},
    42: {"enterprise_name": "旧名厂"},
    43: {"county": ZONE, "home_county_code": NEIGHBOUR},
    44: {"park_code": "YQ9"},
}
AFTER: dict[int, dict[str, Any]] = {
    31: {},
    32: {},  # no longer merged
    33: {"merge_into_uscc": uscc(34), "merge_reason": "集团"},
    34: {},
    35: {"county": PLACE},
    36: {},  # new; number 37 is gone
    38: {"tax": 0.0},
    39: {"transition_type": "整体转让", "transition_since": "2024-05-01"},
    40: {},
    41: {"park_code": "YQ8"},
    42: {"enterprise_name": "新名厂"},
    43: {"county": ZONE, "home_county_code": PLACE},
    44: {},
}


def drop(*, corrected: bool) -> Drop:
    """Ten enterprises alike but for their tax of 10, 20, … 100 万元 on 10 mu each: number 10 is first.
    Corrected: 3 paid 200, 1 is gone, 11 is new, 5 has a title, 6 is in transition, 7 is elsewhere. In other
    counties, units that change in structure."""
    year = Drop(2024)
    new: dict[str, Any] = {"transition_type": "新升规", "transition_since": "2023-05-01"}
    other_tax = {3: 200.0, 11: 15.0} if corrected else {}
    for number in range(2, 12) if corrected else range(1, 11):
        moved = corrected and number == 7
        year.enterprise(
            number,
            ELSEWHERE if moved else HERE,
            tax=other_tax.get(number, number * 10.0),
            **(new if corrected and number == 6 else {}),
        )
    year.enterprise(21, ELSEWHERE)
    year.emissions(uscc(21), ELSEWHERE, cod=1.0)
    year.park("YQ1", ELSEWHERE)
    if corrected:
        year.honour(uscc(5), "2024-05-01")
    restructure(year, corrected=corrected)
    year.survey_all()
    year.sum_up()
    return year


def restructure(year: Drop, *, corrected: bool) -> None:
    """Enterprises whose merger, county, park or treatment is another once corrected; other feeds too."""
    for number, said in (AFTER if corrected else BEFORE).items():
        year.enterprise(number, **{"county": PLACE, "tax": 10.0 + number, **said})
    for park in ("YQ7", "YQ8") if corrected else ("YQ7", "YQ9"):
        year.park(park, PLACE)
    year.emissions(uscc(34 if corrected else 31), PLACE, cod=1.0)
    year.honour(uscc(34 if corrected else 31), "2024-05-01")
    year.incident(PLACE, "2024-03-01", "重大环境污染事件", uscc=uscc(31 if corrected else 34))
    year.lease(uscc(38 if corrected else 39), PLACE, 1000.0, lessor_uscc=uscc(34))
    year.rows["land_leases"][0]["contract_id"] = "L2" if corrected else "L1"
    year.parcel(uscc(31), PLACE, 1.0, parcel_id="NEW" if corrected else "OLD")
    year.add(
        "land_confirmed",
        uscc=uscc(32 if corrected else 31),
        county_code=PLACE,
        confirmed_area_m2=20 * MU,
    )
    if corrected:
        year.add("new_industrial_land", parcel_id="N1", county_code=PLACE, contract_date="2024-02-01")
    year.add(
        "waivers",
        rule_id="YOY-05",
        finding_key="X" if corrected else "Y",
        reason="核实无误",
        approved_by="市亩均办",
        approved_on="2025-01-01",
        expires_on="2026-01-01",
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, evaluate: Callable[..., Outcome]) -> Path:
    """A home with a draft, and a notice after the correction."""
    home = tmp_path_factory.mktemp("diff-home")
    for stage in ("draft", "notice"):
        inbox = drop(corrected=stage == "notice").write(tmp_path_factory.mktemp(stage))
        outcome = evaluate(inbox, stage=stage, home=home)
        assert outcome.status == 0, outcome.out + outcome.err
    return home


@pytest.fixture(scope="module")
def draft(home: Path) -> Path:
    return home / "releases" / "2024" / "r001-draft"


@pytest.fixture(scope="module")
def notice(home: Path) -> Path:
    return home / "releases" / "2024" / "r002-notice"


@pytest.fixture(scope="module")
def changes(draft: Path, notice: Path) -> Changes:
    return diff(draft, notice)


@pytest.fixture
def altered(notice: Path, tmp_path: Path) -> Path:
    """A copy of the notice that may be altered."""
    folder = Path(shutil.copytree(notice, tmp_path / notice.name))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)
    return folder


def moved(changes: Changes, number: int) -> dict[str, Any]:
    (unit,) = [unit for unit in changes.moved if unit["code"] == uscc(number)]
    return unit


def causes(changes: Changes, number: int, kind: str) -> list[dict[str, Any]]:
    return [cause for cause in moved(changes, number)["causes"] if cause["cause"] == kind]


def test_who_moved_by_a_figure_of_its_own(changes: Changes) -> None:
    assert moved(changes, 3)["before"]["rank"] == 8
    assert moved(changes, 3)["after"]["rank"] == 1
    assert causes(changes, 3, "input") == [{"cause": "input", "what": "tax", "before": 30.0, "after": 200.0}]
    (score,) = causes(changes, 3, "score")
    assert (score["what"], score["by"], score["after"]) == ("tax_per_mu", ["value", "standard"], 35.0)


def test_who_moved_because_the_standard_did(changes: Changes) -> None:
    """Number 10 delivered the same; its tax is no longer the maximum, and number 3 went past it."""
    assert (moved(changes, 10)["before"]["rank"], moved(changes, 10)["after"]["rank"]) == (1, 2)
    assert causes(changes, 10, "input") == []
    (score,) = causes(changes, 10, "score")
    assert (score["what"], score["by"], score["before"]) == ("tax_per_mu", ["standard"], 35.0)
    # With its former total, the full 100, it would share the first place with number 3.
    assert causes(changes, 10, "others") == []


def test_the_rank_that_the_former_total_would_have_today(changes: Changes, notice: Path) -> None:
    with duckdb.connect(str(notice / "release.duckdb"), read_only=True) as release:
        totals = dict(
            release.execute(
                "select uscc, total_score from enterprise_result where rank is not null and county_code = ?",
                [HERE],
            ).fetchall()
        )
    told = {}
    for number in (2, 3, 4, 5, 8, 9, 10):
        unit = moved(changes, number)
        others = [total for code, total in totals.items() if code != uscc(number)]
        rank = 1 + sum(total > unit["before"]["total_score"] for total in others)
        told[number] = [cause["after"] for cause in causes(changes, number, "others")]
        assert told[number] == ([rank] if rank != unit["before"]["rank"] else [])
    assert any(told.values())


def test_a_bonus_a_treatment_a_county_and_who_came_and_went(changes: Changes) -> None:
    assert {"cause": "input", "what": "bonus", "before": 0.0, "after": 2.0} in causes(changes, 5, "input")
    (treatment,) = causes(changes, 6, "treatment")
    assert (treatment["before"], treatment["after"]) == ("classified", "transition")
    assert causes(changes, 7, "county") == [{"cause": "county", "before": HERE, "after": ELSEWHERE}]
    assert (moved(changes, 1)["after"], moved(changes, 1)["causes"]) == (None, [{"cause": "gone"}])
    assert (moved(changes, 11)["before"], moved(changes, 11)["causes"]) == (None, [{"cause": "new"}])


def test_which_standard_moved_and_whose_value_moved_it(changes: Changes) -> None:
    (standard,) = [
        moved
        for moved in changes.standards
        if (moved["level"], moved["group_code"], moved["indicator"]) == ("enterprise", HERE, "tax_per_mu")
    ]
    # Tax of 10, 20, … 100 on 10 mu. Then 1 and 7 are not here, 11 is, and 3 has 20 万元/亩.
    assert standard["before"] == pytest.approx({"n": 10, "max": 10, "mean": 5.5, "min": 1})
    assert standard["after"] == pytest.approx({"n": 9, "max": 20, "mean": 65.5 / 9, "min": 1.5})
    assert standard["units"] == 4
    assert standard["moved_by"][0] == {
        "code": uscc(3),
        "name": "样例3号厂",
        "before": pytest.approx(3),
        "after": pytest.approx(20),
    }


def test_rows_that_came_went_and_were_altered(changes: Changes) -> None:
    tables = {table["table"]: table for table in changes.tables}
    results = tables["enterprise_result"]
    # Ten here and one elsewhere; of the 13 more, one is merged before and another after.
    assert (results["before"], results["after"]) == (11 + 12, 11 + 12)
    # 11, 32, 36, and 7 and 35 where they are now; 1, 33, 37, and 7 and 35 where they were.
    assert (results["new"], results["gone"]) == (5, 5)
    assert results["columns"]["bonus"] == 5  # of 5, 31 and 34; the vetoed have none, which are 40 and then 38
    (row,) = [row for row in results["rows"] if row["key"] == [HERE, uscc(5)]]
    assert {"what": "bonus", "before": 0.0, "after": 2.0} in row["cells"]


def test_rows_of_every_table_change_in_structure(changes: Changes) -> None:
    """Every table of a release is compared, with rows that came, went or are others; save those of the
    method."""
    counts = {table["table"]: (table["new"], table["gone"], table["altered"]) for table in changes.tables}
    both_ways = {table for table, (new, gone, _) in counts.items() if new and gone}
    assert both_ways >= {
        *(
            "enterprise_result",
            "enterprise_item",
            "enterprise_land",
            "enterprise_member",
            "enterprise_border",
        ),
        *("enterprise_diagnosis", "enterprise_source", "enterprise_parcel", "enterprise_contract"),
        *("enterprise_event", "improvement_list", "demonstration", "park_result", "park_item"),
        *("park_diagnosis", "finding", "waiver"),
    }
    with_rows = {table["table"] for table in changes.tables if table["after"]}
    unmoved = {table for table in with_rows if not any(counts[table])}
    assert unmoved == {"column_dictionary", "source_column"}


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (32, {"cause": "separated", "what": uscc(31), "name": "样例31号厂"}),
        (33, {"cause": "merged", "what": uscc(34), "name": "样例34号厂"}),
        (36, {"cause": "new"}),
        (37, {"cause": "gone"}),
        (35, {"cause": "county", "before": NEIGHBOUR, "after": PLACE}),
        (31, {"cause": "input", "what": "members", "before": 2, "after": 1}),
        (38, {"cause": "treatment", "before": "classified", "after": "vetoed"}),
        (39, {"cause": "treatment", "before": "classified", "after": "transition"}),
        (40, {"cause": "treatment", "before": "vetoed", "after": "classified"}),
    ],
)
def test_what_became_of_a_unit_is_told(changes: Changes, number: int, cause: dict[str, Any]) -> None:
    assert cause in moved(changes, number)["causes"]


def test_the_workbook_tells_of_structure_too(notice: Path) -> None:
    book = openpyxl.load_workbook(notice / "workbook.xlsx", read_only=True)
    told = {str(cell) for row in book["变化·排名等级"].iter_rows(values_only=True) for cell in row if cell}
    assert any(f"并入其他企业评价（样例34号厂 {uscc(34)}）" in text for text in told)
    assert any("合并主体数 2→1" in text for text in told)


def test_a_release_is_no_different_from_itself(notice: Path) -> None:
    assert not diff(notice, notice)


def test_what_only_a_machine_reads_is_not_compared_row_by_row(notice: Path, altered: Path) -> None:
    execute(altered, "update verdict set validation = '{}', reason = 'another' where rule_id = 'ROS-01'")
    (verdicts,) = [table for table in diff(notice, altered).tables if table["table"] == "verdict"]
    assert verdicts["columns"] == {"reason": 1}


def test_a_trace_in_the_last_digits_is_no_change(notice: Path, altered: Path) -> None:
    execute(altered, "update enterprise_result set tax = tax * (1 + 1e-12)")
    assert not diff(notice, altered)
    execute(altered, "update enterprise_result set tax = tax * (1 + 1e-8)")
    assert diff(notice, altered)


def test_other_quotas_are_named_as_the_rule_that_moved_a_class(notice: Path, altered: Path) -> None:
    quotas = altered / "policy" / "quotas.csv"
    text = quotas.read_text(encoding="utf-8")
    quotas.write_text(text.replace("A,20,", "A,25,").replace("B,55,", "B,50,"), encoding="utf-8")
    execute(altered, f"update enterprise_result set class = 'A' where uscc = '{uscc(9)}'")
    execute(altered, f"update class_count set a = a + 1, b = b - 1 where county_code = '{HERE}'")
    changes = diff(notice, altered)
    assert {
        (rule["table"], rule["change"], rule["row"]["class"], rule["row"]["share"]) for rule in changes.rules
    } == {
        ("quotas", "gone", "A", 20.0),
        ("quotas", "new", "A", 25.0),
        ("quotas", "gone", "B", 55.0),
        ("quotas", "new", "B", 50.0),
    }
    (borders,) = causes(changes, 9, "borders")
    assert (borders["what"], borders["by"]) == (HERE, ["quotas"])
    assert borders["after"]["a"] == borders["before"]["a"] + 1


def test_a_weight_and_a_formula_are_told_apart(notice: Path, altered: Path) -> None:
    execute(
        altered, "update enterprise_item set weight = 25, score = score + 1 where indicator = 'rd_intensity'"
    )
    execute(altered, "update enterprise_item set score = score + 2 where indicator = 'tax_per_mu'")
    execute(altered, f"update enterprise_result set rank = 9 where uscc = '{uscc(9)}'")
    scores = {score["what"]: score["by"] for score in causes(diff(notice, altered), 9, "score")}
    assert scores == {"tax_per_mu": ["formula"], "rd_intensity": ["weight"]}


def test_another_day_in_the_method_is_a_rule_and_fits_into_json(notice: Path, altered: Path) -> None:
    counties = altered / "policy" / "counties.csv"
    text = counties.read_text(encoding="utf-8")
    counties.write_text(text.replace("2025-11-05", "2025-12-31"), encoding="utf-8")
    rules = json.loads(to_json(diff(notice, altered)))["rules"]
    assert {(rule["table"], rule["change"], rule["row"]["valid_to"]) for rule in rules} == {
        ("counties", "gone", "2025-11-05"),
        ("counties", "new", "2025-12-31"),
    }


def test_a_move_that_nothing_explains_is_the_computation_s(notice: Path, altered: Path) -> None:
    execute(altered, f"update enterprise_result set rank = 5 where uscc = '{uscc(2)}'")
    changes = diff(altered, notice)
    (unit,) = changes.moved
    told = [cause["cause"] for cause in unit["causes"]]
    assert told == ["others"]  # as far as one can see from the totals
    execute(altered, f"update enterprise_result set rank = null, class = null where uscc = '{uscc(2)}'")
    assert moved(diff(altered, notice), 2)["causes"] == [{"cause": "method"}]


def test_a_table_or_column_that_one_side_lacks(notice: Path, altered: Path) -> None:
    execute(altered, "drop table demonstration")
    execute(altered, "alter table city_target drop column met")
    tables = {table["table"]: table for table in diff(altered, notice).tables}
    assert tables["demonstration"]["before"] is None
    assert tables["demonstration"]["new"] == tables["demonstration"]["after"] > 0
    assert tables["city_target"]["altered"] == 0


def test_a_column_that_is_new_or_means_another_thing(notice: Path, altered: Path) -> None:
    execute(altered, "delete from column_dictionary where table_name = 'city_target' and column_name = 'met'")
    execute(
        altered, "update column_dictionary set sensitivity = 'secret' where column_name = 'points_missing'"
    )
    (table,) = [one for one in diff(altered, notice).tables if one["new"] or one["altered"]]
    assert (table["table"], table["new"]) == ("column_dictionary", 1)
    assert table["columns"] == {"sensitivity": 1}


def test_the_reasons_in_chinese(changes: Changes, notice: Path) -> None:
    wording = read_wording(notice)
    assert why(moved(changes, 1), wording) == "不再评价"
    assert "亩均税收 +" in why(moved(changes, 3), wording)
    assert "（自身数据、标准值变化）；税收 +566.7%" in why(moved(changes, 3), wording)
    assert why(moved(changes, 10), wording).startswith("亩均税收 -2.7511 分（标准值变化）")
    assert "其他单位得分变化使排名 7→" in why(moved(changes, 4), wording)
    assert "加分 0→2" in why(moved(changes, 5), wording)
    assert "评价方式 参与分档→过渡期" in why(moved(changes, 6), wording)
    assert "评价区县 渝中区→江北区" in why(moved(changes, 7), wording)


def test_a_notice_carries_the_diff_to_the_draft_before_it(
    draft: Path, altered: Path, changes: Changes
) -> None:
    """The notice is laid out beside the draft again, in a home where nothing is read-only."""
    year = altered.parent / "releases" / "2024"
    year.mkdir(parents=True)
    shutil.copytree(draft, year / draft.name)
    shutil.copy(draft.parents[1] / "log.jsonl", year.parent)
    folder = Path(shutil.move(altered, year / "r002-notice.part"))
    (folder / "changes.json").unlink(missing_ok=True)
    compare_with_former(folder)
    assert read_changes(folder) == changes
    (year / draft.name).chmod(0o700)
    compare_with_former(year / draft.name)
    assert read_changes(year / draft.name) is None


def test_the_command(home: Path, tmp_path: Path, changes: Changes) -> None:
    workbook = tmp_path / "changes.xlsx"
    said = mujun("diff", "r001-draft", "2024/r002-notice", "--xlsx", workbook, home=home)
    assert (said.status, said.err) == (0, "")
    assert "2024/r001-draft → 2024/r002-notice" in said.out
    assert "classes: " in said.out
    assert "样例3号厂" in said.out
    assert "并入其他企业评价" in said.out.replace("\n", "").replace(" ", "")
    sheets = openpyxl.load_workbook(workbook)
    assert sheets.sheetnames == [
        "变化·排名等级",
        "变化·标准值",
        "变化·评价办法",
        "变化·数据表",
        "变化·数据行",
    ]
    assert sheets["变化·排名等级"].max_row == 2 + len(changes.moved)

    data = mujun("diff", "r001-draft", "2024", "--json", home=home)
    assert Changes(**json.loads(data.out)) == changes

    for wrong, reason in (
        (("2024", "r009-final"), "There is no release “r009-final”"),
        (("2024", "2024", "--xlsx", tmp_path / "none" / "x.xlsx"), "cannot be written"),
    ):
        refused = mujun("diff", *wrong, home=home)
        assert (refused.status, "Traceback" in refused.err) == (2, False)
        assert reason in refused.err


def execute(folder: Path, sql: str) -> None:
    with duckdb.connect(str(folder / "release.duckdb")) as release:
        release.execute(sql)
