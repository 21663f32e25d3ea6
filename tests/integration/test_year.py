"""The year of `docs/year.md`: draft, notice, objections, corrections, final, and what follows from it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import Outcome
from tests.integration.conftest import FINAL, Walk


def test_the_releases_of_the_year_and_which_one_stands(walk: Walk, sample: Outcome) -> None:
    releases = sample.home / "releases" / "2024"
    made = ["r001-draft", "r002-notice", "r003-draft", FINAL]
    assert sorted(path.name for path in releases.glob("r*")) == made
    assert (releases / "current").readlink() == Path(FINAL)
    line = (sample.home / "releases" / "log.jsonl").read_bytes().splitlines()[-1]
    assert hashlib.sha256(line).hexdigest() in sample.out
    # As it was told before the final was made.
    assert "It stands beside r002-notice" in walk("2025-06-12").out
    listed = walk("mujun releases").out.splitlines()
    places = {line.split()[0]: line.split("waived")[1].strip() for line in listed if "waived" in line}
    assert places == {
        "2024/r001-draft": "",
        "2024/r002-notice": "current",
        "2024/r003-draft": "came after r002-notice, does not take its place",
    }


def test_a_final_is_refused_while_objections_wait(walk: Walk) -> None:
    refused = walk("2025-05-27")
    assert "OBJ-01 (7)" in refused.err
    assert "Traceback" not in refused.out + refused.err
    assert "r003" not in refused.out


@pytest.mark.parametrize(
    ("number", "subject", "decision", "before", "after"),
    [
        (1, "tax", "upheld", 87.4776, 97.9655),
        (2, "land_area_mu", "upheld", 6.5640, 6.1872),
        (3, "average_headcount", "partly", 144.75, 120.5833),
        (4, "events", "upheld", 0, 2),  # 绿色工厂 is of the state: 2 points, 办法 二(五)1
        (5, "value_added", "rejected", 2266, 2266),
        (6, "other", "rejected", None, None),
        (7, "other", "rejected", None, None),
    ],
)
def test_an_objection_has_the_figure_before_and_after(
    sample: Outcome, number: int, subject: str, decision: str, before: float | None, after: float | None
) -> None:
    row = sample.row(
        "select subject, decision, round(figure_before, 4), round(figure_after, 4), notice_release "
        f"from objection where objection_no = 'YY2024-0{number}'"
    )
    assert row == (subject, decision, before, after, "r002-notice")


def test_what_the_final_warns_of_is_what_was_planted(sample: Outcome) -> None:
    counts = dict(sample.rows("select rule_id, count(*) from finding group by 1"))
    new = {rule: count for rule, count in counts.items() if rule[:3] in ("GRP", "OBJ", "FIL", "FUP", "ROS")}
    assert new == {
        "ROS-01": 1,
        "ROS-05": 3,
        "ROS-09": 2,
        "OBJ-04": 1,  # below scale, not on the roster
        "OBJ-05": 1,  # energy corrected without an objection
        "FIL-01": 1,  # an A filed for a B
        "FUP-01": 1,
        "FUP-02": 1,
    }
    (key,) = sample.findings("OBJ-05")
    assert key.endswith("/energy")


def test_what_follows_from_the_classes(sample: Outcome) -> None:
    """A measure for a class goes to all of the class, the vetoed among the D; one not in force to nobody."""
    size = dict(
        sample.rows("select class, count(*) from enterprise_result where class is not null group by 1")
    )
    measures = sample.rows(
        "select class, applied, valid_to >= date '2025-01-01' from measure "
        "where applies_to = 'enterprise' and county_code is null"
    )
    assert {letter for letter, _, _ in measures} == {"A", "B", "C", "D"}
    assert all(applied == (size[letter] if in_force else 0) for letter, applied, in_force in measures)
    assert not all(in_force for _, _, in_force in measures)
    followed = sample.row("select count(*) filter (batch is not null), count(*) from improvement_progress")
    (c_and_d,) = sample.row("select count(*) from enterprise_result where class in ('C', 'D')", 2023)
    assert followed == (c_and_d - 1, c_and_d)
    batches = sample.rows("select distinct batch from improvement_progress where batch is not null")
    assert len(batches) == 5


def test_a_group_and_a_branch_cross_county_borders(sample: Outcome) -> None:
    members = sample.rows(
        "select application_no, count(*), count(distinct county_code) from group_member group by 1 order by 1"
    )
    assert members == [("JT2024-01", 3, 2), ("JT2024-02", 2, 1)]
    ((unit_county, county),) = sample.rows(
        "select unit_county_code, county_code from enterprise_member where merge_reason = 'branch'"
    )
    assert unit_county != county


def test_each_county_has_a_worksheet(walk: Walk, sample: Outcome) -> None:
    assert walk("mujun worksheets").status == 0
    written = sorted((sample.home.parent / "worksheets").glob("*.xlsx"))
    assert len(written) == sample.row("select count(distinct county_code) from enterprise_member")[0]
    assert openpyxl.load_workbook(written[0], read_only=True).sheetnames


def test_replies_forms_and_lists_are_there_to_be_sent(sample: Outcome) -> None:
    replies = {path.stem for path in (sample.home.parent / "replies").iterdir()}
    assert replies == {"异议影响", *(f"异议答复_{number:03d}" for number in range(1, 8))}
    packages = sample.home / "releases" / "2024" / "current" / "packages"
    evaluating = {code for (code,) in sample.rows("select county_code from class_count")}
    assert {path.parent.name for path in packages.glob("counties/*/备案表.xlsx")} == evaluating
    (bodies,) = sample.row("select count(distinct executed_by) from measure")
    assert len(list(packages.glob("measures/措施清单_*.xlsx"))) == bodies
