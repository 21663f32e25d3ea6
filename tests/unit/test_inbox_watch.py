"""The sensor: takes in what came, then drafts a year that is whole, and leaves alone one that was noticed."""

from __future__ import annotations

import errno
import json
import os
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
    """What the sensor launches, or why it waits."""
    return [
        str(said.skip_message) if isinstance(said, dg.SkipReason) else f"{said.job_name} {said.partition_key}"
        for said in inbox_watch(dg.build_sensor_context())
    ]


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


@pytest.mark.parametrize("folder", ["inbox", "inbox/planning", "inbox/planning/2024"])
def test_a_share_that_is_not_mounted_is_waited_for(whole_year: Path, folder: str) -> None:
    _take_in(whole_year)
    (whole_year / folder).rename(whole_year / "elsewhere")
    (said,) = _asked()
    assert said.startswith(f"Gone from {whole_year / 'inbox'}")
    assert "--withdraw planning" in said
    (whole_year / "elsewhere").rename(whole_year / folder)
    assert said not in _asked()


def test_an_inbox_that_cannot_be_read_is_waited_for(
    whole_year: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stale(*_: object, **__: object) -> int:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr("orchestration.intake.inbox.os.open", stale)
    (said,) = _asked()
    assert "Stale file handle" in said


def test_a_file_dated_in_the_future_is_taken_in(whole_year: Path) -> None:
    path = whole_year / "inbox" / "tax" / "2024" / "tax_payments.csv"
    os.utime(path, (4e9, 4e9))
    assert _asked() == ["take_in_year 2024"]


def test_a_record_that_is_cut_short_is_made_anew(whole_year: Path) -> None:
    _take_in(whole_year)
    table = whole_year / "home" / "landing" / "intake_file" / "year=2024" / "rows.parquet"
    for content in (table.read_bytes()[:-30], b"", b"no table"):
        table.write_bytes(content)
        assert _asked() == ["take_in_year 2024"]
    _take_in(whole_year)
    assert _asked() == ["evaluate_year 2024"]
