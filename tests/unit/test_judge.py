"""How a rule's judgement ends: its status, its findings, what is waived, and what could not run."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from expectations.catalogue import WAIVERS, Expectation, Figure, Rule, load_catalogue
from expectations.judge import JudgeRequest, judge
from expectations.verdicts import Finding, Origin, Status, Verdict, figure_text
from orchestration.intake.contract import load_contract
from orchestration.settings import DBT_PROJECT, FEEDS

AS_OF = date(2025, 6, 1)

AREA = Rule(
    id="LND-99",
    family="land",
    severity="error",
    departments=("planning", "commission"),
    key=("uscc", "county_code"),
    zh="核实面积与用地面积一致",
    en="the verified area is the land area",
    expect=(
        Expectation(
            "expect_figures_to_agree",
            {"column_A": "verified_mu", "column_B": "land_area_mu", "tolerance": "$tolerance"},
        ),
    ),
    figures=(
        Figure(
            "verified_mu", "核实面积", "亩", {"county_verification": "verified_area_mu"}, "row", ("uscc",)
        ),
        Figure("land_area_mu", "用地面积", "亩"),
    ),
    message="{name}：核实 {verified_mu} 亩，用地 {land_area_mu} 亩，相差 {difference} 亩",
    mend_by=("planning",),
    mend="核对",
    of="areas",
)
ROWS = pd.DataFrame(
    {
        "uscc": ["A", "B", "C"],
        "county_code": ["500101", "500101", "500102"],
        "name": ["甲", "乙", "丙"],
        "verified_mu": [10.1, 12.0, None],  # 1 % of 10 is 0.1: A is on the tolerance
        "land_area_mu": [10.0, 10.0, 10.0],
    }
)


def asked(folder: Path, *rules: Rule, rows: pd.DataFrame = ROWS, **waiver: Any) -> JudgeRequest:
    """A request over `rows` for AREA, with one waiver if its columns are given."""
    rows.to_parquet(folder / f"{AREA.id}.parquet")
    columns = ["rule_id", "finding_key", "reason", "expires_on", "figure_1", "figure_2"]
    blank = {"reason": "已实地核实", "expires_on": AS_OF, "figure_1": None, "figure_2": None}
    waivers = [{**blank, "rule_id": AREA.id, **waiver}] if waiver else []
    pd.DataFrame(waivers, columns=columns).to_parquet(folder / "waivers.parquet")
    return JudgeRequest(
        frames=folder,
        rules=rules or (AREA,),
        tolerances={AREA.id: {"tolerance": 0.01}},
        as_of=AS_OF,
        due=frozenset({"land_parcels"}),
        delivered=frozenset({"waivers"}),
        previous_year=False,
    )


def only(verdicts: list[Verdict]) -> Verdict:
    assert len(verdicts) == 1
    return verdicts[0]


def test_every_breach_is_a_finding_that_shows_both_figures(tmp_path: Path) -> None:
    verdict = only(judge(asked(tmp_path)))
    assert (verdict.status, verdict.checked) == (Status.FAILED, 3)
    assert [finding.finding_key for finding in verdict.findings] == ["B/500101", "C/500102"]
    assert verdict.findings[0] == Finding(
        rule_id="LND-99",
        finding_key="B/500101",
        severity="error",
        departments=("planning", "commission"),
        mend_by=("planning",),
        uscc="B",
        county_code="500101",
        message="乙：核实 12 亩，用地 10 亩，相差 2 亩",
        figure_1="12",
        unit="亩",
        figure_2="10",
        unit_2="亩",
        difference="2",
        origins=(Origin(1, "county_verification", "verified_area_mu", "row", "B"),),
    )
    assert verdict.findings[1].message == "丙：核实 （缺） 亩，用地 10 亩，相差 （缺） 亩"
    assert verdict.validation is not None
    assert verdict.validation["results"][0]["result"]["unexpected_count"] == 2


def test_a_rule_without_a_breach_or_without_rows_passes(tmp_path: Path) -> None:
    for rows in (ROWS[:1], ROWS[:0]):
        verdict = only(judge(asked(tmp_path, rows=rows)))
        assert (verdict.status, verdict.findings) == (Status.PASSED, ())


def test_rows_with_one_key_are_one_finding_that_tells_them_all(tmp_path: Path) -> None:
    rows = pd.concat([ROWS[1:2], ROWS[1:2].assign(verified_mu=11.0), ROWS[1:2]])
    verdict = only(judge(asked(tmp_path, rows=rows)))
    assert [finding.message for finding in verdict.findings] == [
        "乙：核实 11 亩，用地 10 亩，相差 1 亩；乙：核实 12 亩，用地 10 亩，相差 2 亩"
    ]
    (finding,) = verdict.findings
    assert (verdict.checked, finding.figure_1, finding.figure_2) == (3, "11；12", "10")
    assert finding.difference == "1；2"
    assert finding.uscc == "B"


def test_a_finding_about_several_enterprises_names_none(tmp_path: Path) -> None:
    rule = replace(AREA, key=("county_code",))
    rows = ROWS.assign(county_code="500101", verified_mu=12.0)
    (finding,) = only(judge(asked(tmp_path, rule, rows=rows))).findings
    assert (finding.finding_key, finding.uscc, finding.county_code) == ("500101", None, "500101")


def test_a_waiver_of_several_rows_is_pinned_to_each_of_them(tmp_path: Path) -> None:
    for second, waived in ((12.0, True), (13.0, False)):
        rows = pd.concat([ROWS[1:2].assign(verified_mu=11.0), ROWS[1:2].assign(verified_mu=second)])
        verdict = only(judge(asked(tmp_path, rows=rows, finding_key="B/500101", figure_1="11；12")))
        assert verdict.findings[0].waived is waived


def test_a_waiver_is_pinned_to_a_figure_that_was_missing(tmp_path: Path) -> None:
    for verified, waived in ((None, True), (20.0, False)):
        rows = ROWS[2:].assign(verified_mu=verified)
        verdict = only(judge(asked(tmp_path, rows=rows, finding_key="C/500102", figure_1="（缺）")))
        assert verdict.findings[0].waived is waived


def test_a_message_names_counties(tmp_path: Path) -> None:
    rule = replace(AREA, message="{name}在{county_code}")
    request = replace(asked(tmp_path, rule), counties={"500101": "万州区"})
    messages = [finding.message for finding in only(judge(request)).findings]
    assert messages == ["乙在万州区（500101）", "丙在500102"]


def test_figures_that_are_not_held_against_each_other_have_no_difference(tmp_path: Path) -> None:
    above = Expectation("expect_figure_to_be_in_range", {"column": "verified_mu", "above": 20})
    finding = only(judge(asked(tmp_path, replace(AREA, expect=(above,))))).findings[0]
    assert (finding.figure_1, finding.figure_2, finding.difference) == ("10.1", "10", None)


def test_the_row_says_which_department_and_unit_it_concerns_and_where_it_came_from(tmp_path: Path) -> None:
    rows = ROWS.assign(
        department="commission", unit="公顷", source="名单.csv 第2行", feed="enterprise_roster"
    )
    finding = only(judge(asked(tmp_path, rows=rows))).findings[0]
    assert (finding.departments, finding.unit, finding.unit_2) == (("commission",), "公顷", "公顷")
    assert finding.source == "名单.csv 第2行"


def test_of_the_feeds_of_a_figure_only_the_one_that_the_row_names_is_its_origin(tmp_path: Path) -> None:
    """A figure that is of none of them anyway keeps its own: the roster's name beside a department's."""
    two = replace(AREA.figures[0], source={"land_parcels": "area_m2", "land_leases": "area_m2"})
    other = replace(AREA.figures[1], source={"enterprise_roster": None})
    rule = replace(AREA, figures=(two, other))
    finding = only(judge(asked(tmp_path, rule, rows=ROWS.assign(feed="land_leases")))).findings[0]
    assert [(origin.figure, origin.feed) for origin in finding.origins] == [
        (1, "land_leases"),
        (2, "enterprise_roster"),
    ]


@pytest.mark.parametrize(
    ("department", "mend_by"),
    [
        ("planning", ("planning", "statistics")),  # statistics, which the rule does not concern, mends all
        ("commission", ("statistics",)),
        ("tax", ("planning", "statistics")),  # not one that the rule concerns: as the rule says
        (None, ("planning", "statistics")),
    ],
)
def test_of_those_that_the_rule_concerns_only_the_one_that_the_row_names_mends_it(
    tmp_path: Path, department: str | None, mend_by: tuple[str, ...]
) -> None:
    rule = replace(AREA, mend_by=("planning", "statistics"))
    finding = only(judge(asked(tmp_path, rule, rows=ROWS.assign(department=department)))).findings[0]
    assert finding.mend_by == mend_by


def test_figures_in_two_units_have_no_difference(tmp_path: Path) -> None:
    rule = replace(AREA, figures=(AREA.figures[0], replace(AREA.figures[1], unit="平方米")))
    finding = only(judge(asked(tmp_path, rule))).findings[0]
    assert (finding.unit, finding.unit_2, finding.difference) == ("亩", "平方米", None)


@pytest.mark.parametrize(
    ("needs", "applies"),
    [
        ({}, True),
        ({"needs": ("land_parcels",)}, True),  # due
        ({"needs": ("waivers",)}, True),  # there
        ({"needs": ("land_parcels", "tax_payments")}, False),
        ({"needs_delivered": ("land_parcels",)}, False),  # due, but not there
        ({"needs_previous_year": True}, False),
    ],
)
def test_a_rule_applies_where_what_it_needs_is_due_or_there(
    tmp_path: Path, needs: dict[str, Any], applies: bool
) -> None:
    verdict = only(judge(asked(tmp_path, replace(AREA, **needs))))
    assert (verdict.status != Status.NOT_APPLICABLE) is applies


def test_what_can_not_be_judged_could_not_run(tmp_path: Path) -> None:
    request = asked(tmp_path)
    for rule, reason in (
        (replace(AREA, id="LND-98", of="chk_lnd_98"), "there is no model chk_lnd_98"),
        (replace(AREA, message="{verified_on}"), "has no column verified_on"),
        (
            replace(AREA, expect=(Expectation("expect_wonders", {"column": "name"}),)),
            "expect_wonders not found",
        ),
        (
            replace(AREA, expect=(Expectation("expect_figure_to_be_in_range", {"column": "name"}),)),
            "could not convert string to float",
        ),
    ):
        verdict = only(judge(replace(request, rules=(rule,))))
        assert verdict.status == Status.COULD_NOT_RUN
        assert reason in (verdict.reason or "")
    (tmp_path / f"{AREA.id}.error").write_text("division by zero", encoding="utf-8")
    assert only(judge(request)).reason == "areas: division by zero"
    (tmp_path / f"{AREA.id}.error").unlink()
    verdict = only(judge(replace(request, tolerances={})))
    assert (verdict.status, verdict.reason) == (
        Status.COULD_NOT_RUN,
        "the edition in force has no tolerance for LND-99",
    )


@pytest.mark.parametrize(
    ("waiver", "waived"),
    [
        ({}, True),
        ({"expires_on": date(2025, 5, 31)}, False),  # the day before the run
        ({"figure_1": "12", "figure_2": "10"}, True),
        ({"figure_1": "12.00"}, True),  # the same number
        ({"figure_1": "十二"}, False),
        ({"figure_1": "12.5"}, False),
        ({"figure_2": "9"}, False),
        ({"rule_id": "LND-04"}, False),
        ({"finding_key": "A/500101"}, False),
    ],
)
def test_a_waiver_holds_to_its_last_day_and_for_its_figures(
    tmp_path: Path, waiver: dict[str, Any], waived: bool
) -> None:
    request = asked(tmp_path, rows=ROWS[:2], **{"finding_key": "B/500101", **waiver})
    verdict = only(judge(request))
    assert verdict.status == (Status.WAIVED if waived else Status.FAILED)
    assert [finding.waiver_reason for finding in verdict.findings] == ["已实地核实" if waived else None]


def test_a_rule_fails_while_one_of_its_findings_stands(tmp_path: Path) -> None:
    verdict = only(judge(asked(tmp_path, finding_key="B/500101")))
    assert verdict.status == Status.FAILED
    assert [finding.waived for finding in verdict.findings] == [True, False]


def test_an_invariant_is_never_waived(tmp_path: Path) -> None:
    invariant = replace(AREA, family="invariants")
    request = asked(tmp_path, invariant, rows=ROWS[:2], finding_key="B/500101")
    assert only(judge(request)).status == Status.FAILED


@pytest.mark.parametrize(
    ("waiver", "told"),
    [
        ({}, {}),
        ({"expires_on": date(2025, 5, 31)}, {"WVR-01": "已于 2025-05-31 失效"}),
        ({"finding_key": "A/500101"}, {"WVR-02": "本次检查没有这个问题"}),
        ({"figure_1": "13"}, {"WVR-02": "豁免时的数值为 13、未填，现为 12、10"}),
        ({"rule_id": "LND-00"}, {"WVR-02": "没有这个规则编号"}),
    ],
)
def test_a_waiver_that_waives_nothing_is_told(
    tmp_path: Path, waiver: dict[str, Any], told: dict[str, str]
) -> None:
    catalogue = load_catalogue()
    rules = (AREA, catalogue["WVR-01"], catalogue["WVR-02"])
    request = asked(tmp_path, *rules, **{"finding_key": "B/500101", **waiver})
    findings = {finding.rule_id: finding for verdict in judge(request)[1:] for finding in verdict.findings}
    assert findings.keys() == told.keys()
    for rule_id, words in told.items():
        assert words in findings[rule_id].message
        named = {"rule_id": AREA.id, "finding_key": "B/500101", **waiver}
        assert findings[rule_id].finding_key == f"{named['rule_id']}/{named['finding_key']}"


def test_without_the_list_of_waivers_nothing_is_waived_and_its_rules_could_not_run(tmp_path: Path) -> None:
    request = asked(tmp_path, AREA, load_catalogue()["WVR-02"], finding_key="B/500101")
    (tmp_path / "waivers.parquet").unlink()
    assert [verdict.status for verdict in judge(request)] == [Status.FAILED, Status.COULD_NOT_RUN]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.0, "1234567"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (12, "12"),
        (float("nan"), None),
        (pd.NaT, None),
        (pd.Timestamp(2024, 3, 1), "2024-03-01"),
        ("甲", "甲"),
    ],
)
def test_a_figure_is_printed_plainly(value: Any, text: str | None) -> None:
    assert figure_text(value) == text


def test_the_catalogue_is_whole() -> None:
    contract = load_contract(FEEDS)
    for rule in load_catalogue().values():
        assert rule.zh, rule.id
        assert rule.en, rule.id
        assert rule.mend, rule.id
        assert {figure.column for figure in rule.figures} <= set(rule.columns), rule.id
        assert len(rule.figures) <= 2, rule.id
        for figure in rule.figures:
            for feed, column in figure.source.items():
                assert column is None or column in contract.feeds[feed].columns, (rule.id, feed, column)


def test_every_rule_is_of_a_model_and_one_made_for_it_says_so() -> None:
    """`chk_lnd_01__land_of_units`: the one rule that looks at it, and what it looks at. What several rules
    look at is a model like any other."""
    models = {path.stem for path in (DBT_PROJECT / "models").rglob("*.sql")}
    rules: dict[str | None, list[str]] = {}
    for rule in load_catalogue().values():
        assert rule.family == WAIVERS or rule.of in models, rule.id
        rules.setdefault(rule.of, []).append(rule.id.lower().replace("-", "_"))
    for model in models:
        if model.startswith("chk_"):
            (rule_id,) = rules[model]
            assert re.fullmatch(rf"chk_{rule_id}__[a-z]+(_[a-z]+)*", model), model
