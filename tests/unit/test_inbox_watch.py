"""The sensor: takes in what came, then drafts a year that is whole, and leaves alone one that was noticed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import dagster as dg
import pytest

from orchestration.intake import run_intake
from orchestration.jobs import inbox_watch
from orchestration.policy import load_policy
from orchestration.settings import policy_folder
from tests.drops import CONTRACT, Drop


@pytest.fixture
def whole_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inbox with every feed that a draft of 2024 needs, its files long settled; returns its folder."""
    drop = Drop(2024)
    drop.enterprise(1, "500102")
    drop.add(
        "park_list", park_code="YQ1", park_name="一园", county_code="500102", park_type="市级特色工业园区"
    )
    drop.add("pollutant_emissions", uscc="X", county_code="500102", key_monitored="否")
    drop.survey_all()
    inbox = drop.write(tmp_path / "inbox")
    now = time.time()
    monkeypatch.setattr("orchestration.intake.status.time.time", lambda: now + 3600)
    monkeypatch.setenv("MUJUN_INBOX", str(inbox))
    monkeypatch.setenv("MUJUN_HOME", str(tmp_path / "home"))
    return tmp_path


def _asked() -> list[str]:
    result = inbox_watch(dg.build_sensor_context())
    return [f"{request.job_name} {request.partition_key}" for request in result]


def _take_in(folder: Path) -> None:
    policy = load_policy(policy_folder())
    run_intake(
        year=2024,
        inbox=folder / "inbox",
        home=folder / "home",
        contract=CONTRACT,
        counties=policy.counties,
        retired=policy.retired_counties,
    )


def test_what_came_is_taken_in_first(whole_year: Path) -> None:
    assert _asked() == ["take_in_year 2024"]


def test_a_whole_year_is_drafted_once_it_is_taken_in(whole_year: Path) -> None:
    _take_in(whole_year)
    assert _asked() == ["evaluate_year 2024"]


def test_a_year_that_lacks_a_feed_waits(whole_year: Path) -> None:
    (whole_year / "inbox" / "tax" / "2024" / "tax_payments.csv").unlink()
    _take_in(whole_year)
    assert _asked() == []


def test_a_year_that_was_noticed_is_left_to_people(whole_year: Path) -> None:
    _take_in(whole_year)
    release = whole_year / "home" / "releases" / "2024" / "r001-notice"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text(json.dumps({"stage": "notice"}))
    assert _asked() == []
