"""The gate: what stops a release, by whatever route it is asked for."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations.verdicts import Status
from orchestration.errors import RefusedError
from orchestration.judgement import Judged
from orchestration.release.catalog import newest
from orchestration.release.publish import publish
from orchestration.settings import Home, policy_folder
from tests.faults.conftest import JudgedCase


@pytest.mark.parametrize(
    ("rule_id", "severity", "status", "stopped"),
    [
        ("STA-01", "error", Status.FAILED, {"notice", "final"}),
        ("STA-01", "error", Status.WAIVED, set()),
        ("STA-01", "error", Status.NOT_APPLICABLE, set()),
        ("STA-01", "error", Status.COULD_NOT_RUN, {"notice", "final"}),
        ("STA-03", "warning", Status.FAILED, set()),
        ("STA-03", "warning", Status.COULD_NOT_RUN, {"notice", "final"}),
        ("POL-05", "error", Status.FAILED, {"draft", "notice", "final"}),
        ("POL-05", "error", Status.COULD_NOT_RUN, {"draft", "notice", "final"}),
        ("POL-05", "error", Status.PASSED, set()),
    ],
)
def test_what_stops_which_stage(rule_id: str, severity: str, status: Status, stopped: set[str]) -> None:
    verdict: dict[str, object] = {"rule_id": rule_id, "severity": severity, "status": str(status)}
    judged = {stage: Judged(stage, date(2025, 6, 1), "", [verdict]) for stage in ("draft", "notice", "final")}
    assert {stage for stage in judged if judged[stage].blocking()} == stopped


@pytest.fixture
def home(holds: JudgedCase, tmp_path: Path) -> Home:
    """A home whose year was judged as a final and may be published."""
    shutil.copytree(holds.outcome.home, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def refused(home: Home, stage: str = "final") -> str:
    """Why the year is not published; what was released stays as it was."""
    before = newest(home, 2024)
    with pytest.raises(RefusedError) as refusal:
        publish(home, 2024, stage, "2023-72", policy_folder())
    assert newest(home, 2024) == before
    return str(refusal.value)


def test_what_was_changed_after_the_judgement_is_not_published(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("update enterprise_result set total_score = total_score + 1 where rank = 1")
    assert "no longer those that were judged" in refused(home)


def test_a_year_is_published_at_the_stage_it_was_judged_for(home: Home) -> None:
    assert "was judged as a final, not as a notice" in refused(home, "notice")


def test_a_year_that_was_not_judged_is_not_published(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("delete from judgement.judged")
    assert "has not been judged" in refused(home)


def test_the_verdict_is_read_again_where_a_release_is_made(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("update judgement.verdict set status = 'could_not_run' where rule_id = 'TAX-03'")
    assert "TAX-03" in refused(home)
