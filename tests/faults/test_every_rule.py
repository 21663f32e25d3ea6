"""Every rule is seen to pass and to fail, and removing any one of them turns a test red."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations.catalogue import load_catalogue
from expectations.judge import judge
from expectations.verdicts import Status
from orchestration.judgement import lay_out_frames, request
from tests.drops import uscc
from tests.faults.conftest import JudgedCase
from tests.faults.pairs import AS_OF, HERE, LEFT_OUT, PAIRS

# These list faults only: where there is none, there is no row to look at.
_LIST_FAULTS = {"INT-01", "INT-03", "INT-05"}

# What is to be confirmed, and blocks nothing.
_WARNINGS = {
    *("INT-05", "ROS-01", "ROS-05", "ROS-07", "MAT-04", "MAT-05", "MAT-07", "STA-03", "STA-04", "STA-07"),
    *("TAX-01", "TAX-03", "TAX-05", "LND-03", "LND-05", "LND-06", "LND-08", "LND-10", "ENV-01"),
    *("ROS-09", "OBJ-03", "OBJ-04", "OBJ-05", "FIL-01", "FIL-02", "FIL-03", "FUP-01", "FUP-02", "FUP-03"),
    *("EVT-01", "EVT-02", "YOY-01", "YOY-02", "YOY-03", "YOY-04", "YOY-05", "WVR-01", "WVR-02"),
}

# No drop breaks an invariant of the result: what is done to the tables themselves, and the keys then due.
_TAMPERED: dict[str, tuple[str, set[str]]] = {
    # weights of parks in the two clusters left out, all others as they were
    "POL-01": (
        """create table weights as
           select * from landing.policy_weights where not (region = 'two_clusters' and level = 'park');
           create or replace view landing.policy_weights as select * from weights""",
        {"2023-72"},
    ),
    "POL-02": (
        f"""update int_items set score = weight + 0.0001
            where level = 'enterprise' and code = '{uscc(101)}' and indicator = 'tax_per_mu'""",
        {f"{uscc(101)}/{LEFT_OUT}/tax_per_mu"},
    ),
    # one row in two units and another in none: as many as there should be
    "POL-03": (
        f"""update int_members set uscc = '{uscc(101)}', county_code = '{LEFT_OUT}',
                unit_uscc = '{uscc(101)}', unit_county_code = '{LEFT_OUT}'
            where county_code = '{HERE}' and uscc = '{uscc(105)}'""",
        {HERE, LEFT_OUT},
    ),
    "POL-04": (
        f"""update int_standards set mean = max * 1.0001
            where level = 'enterprise' and group_code = '{HERE}' and indicator = 'tax_per_mu'""",
        {f"enterprise/{HERE}/tax_per_mu"},
    ),
    "POL-05": (
        f"""update enterprise_result set class = 'D'
            where county_code = '{HERE}' and class = 'A' and rank = 1 and year = 2024""",
        {HERE},
    ),
}


def test_every_rule_of_the_catalogue_has_a_case() -> None:
    assert load_catalogue().keys() == PAIRS.keys() | _TAMPERED.keys()


def test_only_these_let_a_year_be_published() -> None:
    """All others are errors: to let one pass is a decision."""
    warnings = {rule.id for rule in load_catalogue().values() if rule.severity == "warning"}
    assert warnings == _WARNINGS


@pytest.mark.parametrize("rule_id", PAIRS)
def test_a_rule_holds_just_within_its_bound(holds: JudgedCase, rule_id: str) -> None:
    verdict = holds.verdict(rule_id)
    assert verdict["status"] in (Status.PASSED, Status.WAIVED)
    assert verdict["checked"] > 0 or rule_id in _LIST_FAULTS
    assert not holds.due[rule_id] & holds.findings(waived=False).get(rule_id, set())


@pytest.mark.parametrize("rule_id", PAIRS)
def test_a_rule_breaks_just_beyond_its_bound(breaks: JudgedCase, rule_id: str) -> None:
    assert breaks.verdict(rule_id)["status"] == Status.FAILED
    expected = breaks.due[rule_id] | breaks.case.follows.get(rule_id, set())
    assert breaks.findings(waived=False)[rule_id] == expected


def test_what_holds_has_no_finding_but_the_waived(holds: JudgedCase) -> None:
    assert holds.findings(waived=False) == {}
    assert holds.findings(waived=True) == holds.case.follows


def test_nothing_breaks_but_what_was_broken(breaks: JudgedCase) -> None:
    assert breaks.findings(waived=False).keys() == PAIRS.keys()
    assert breaks.findings(waived=True) == {}


@pytest.mark.parametrize("rule_id", _TAMPERED)
def test_an_invariant_breaks_where_the_result_is_wrong(
    holds: JudgedCase, rule_id: str, tmp_path: Path
) -> None:
    """On the tables as they were it holds; the same judge sees what is done to them."""
    assert holds.verdict(rule_id)["status"] == Status.PASSED
    assert holds.verdict(rule_id)["checked"] > 0
    tamper, keys = _TAMPERED[rule_id]
    warehouse = shutil.copy(holds.warehouse, tmp_path / "mujun.duckdb")
    rule = load_catalogue()[rule_id]
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(tamper)
        lay_out_frames(connection, [rule], tmp_path / "frames")
        asked = request(connection, [rule], tmp_path / "frames", date.fromisoformat(AS_OF))
    (verdict,) = judge(asked)
    assert verdict.status == Status.FAILED
    assert {finding.finding_key for finding in verdict.findings} == keys
