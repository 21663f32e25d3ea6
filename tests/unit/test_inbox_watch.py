"""The sensor: takes in what came, then drafts a year that is whole, and leaves alone one that was noticed."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.storage.tags import PARTITION_NAME_TAG

from orchestration.definitions import definitions
from orchestration.intake import run_intake
from orchestration.jobs import inbox_watch, year_opening
from orchestration.policy import load_policy
from orchestration.run_request import HAND_BACK, STAGE_TAG
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
    drop.add("pollutant_emissions", uscc="X1", county_code="500102", key_monitored="否")
    drop.survey_all()
    inbox = drop.write(tmp_path / "inbox")
    now = time.time()
    monkeypatch.setattr("orchestration.intake.status.time.time", lambda: now + 3600)
    monkeypatch.setenv("MUJUN_INBOX", str(inbox))
    monkeypatch.setenv("MUJUN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def _requests(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    asked: Any = inbox_watch(dg.build_sensor_context(instance))
    return [request for request in asked if isinstance(request, dg.RunRequest)]


def _asked(instance: dg.DagsterInstance) -> list[str]:
    return [f"{request.job_name} {request.partition_key}" for request in _requests(instance)]


def _ended(instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus) -> None:
    """Let a run that was asked for have ended."""
    tags = {**request.tags, PARTITION_NAME_TAG: str(request.partition_key)}
    instance.add_run(dg.DagsterRun(str(request.job_name), str(uuid.uuid4()), tags=tags, status=status))


def _take_in(folder: Path, *withdraw: str) -> None:
    policy = load_policy(policy_folder())
    run_intake(
        year=2024,
        inbox=folder / "inbox",
        home=folder / "home",
        contract=CONTRACT,
        counties=policy.counties,
        retired=policy.retired_counties,
        withdraw=withdraw,
    )


def test_what_came_is_taken_in_first(whole_year: Path, instance: dg.DagsterInstance) -> None:
    assert _asked(instance) == ["take_in_year 2024"]


def test_a_whole_year_is_drafted_once_it_is_taken_in(whole_year: Path, instance: dg.DagsterInstance) -> None:
    _take_in(whole_year)
    assert _asked(instance) == ["draft_year 2024"]


def test_a_year_that_was_noticed_is_left_to_people(whole_year: Path, instance: dg.DagsterInstance) -> None:
    _take_in(whole_year)
    release = whole_year / "home" / "releases" / "2024" / "r001-notice"
    release.mkdir(parents=True)
    (release / "manifest.json").write_text(json.dumps({"stage": "notice"}))
    assert _asked(instance) == []


def test_what_failed_is_tried_again_after_a_pause_and_not_for_ever(
    whole_year: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    for _ in range(3):
        monkeypatch.setattr("orchestration.jobs._PAUSE", timedelta())
        (request,) = _requests(instance)
        keys.append(request.run_key)
        _ended(instance, request, dg.DagsterRunStatus.FAILURE)
        monkeypatch.setattr("orchestration.jobs._PAUSE", timedelta(minutes=5))
        assert _requests(instance) == []
    monkeypatch.setattr("orchestration.jobs._PAUSE", timedelta())
    assert _requests(instance) == []
    assert len(set(keys)) == 3
    asked: Any = inbox_watch(dg.build_sensor_context(instance))
    (skipped,) = asked
    assert isinstance(skipped, dg.SkipReason)
    assert "has failed 3 times" in str(skipped.skip_message)
    # A file that is corrected is another matter.
    os.utime(whole_year / "inbox" / "tax" / "2024" / "tax_payments.csv", (1, 1))
    assert _asked(instance) == ["take_in_year 2024"]


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.SUCCESS])
def test_what_goes_on_or_has_succeeded_is_not_asked_for_again(
    whole_year: Path, instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    (request,) = _requests(instance)
    _ended(instance, request, status)
    assert _requests(instance) == []


def _on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    clock = Mock(spec=date, **{"today.return_value": day})
    monkeypatch.setattr("orchestration.jobs.date", clock)


def test_a_year_that_lacks_a_feed_is_drafted_after_the_last_due_day_and_an_empty_one_never(
    whole_year: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """calendar.csv: the last feed that the draft of 2024 needs is due on 2025-03-31."""
    (whole_year / "inbox" / "tax" / "2024" / "tax_payments.csv").unlink()
    _take_in(whole_year)
    _on(monkeypatch, date(2025, 3, 31))
    (waits,) = inbox_watch(dg.build_sensor_context(instance))  # type: ignore[misc]
    assert isinstance(waits, dg.SkipReason)
    assert "waits for tax_payments; after 2025-03-31" in str(waits.skip_message)
    _on(monkeypatch, date(2025, 4, 1))
    assert _asked(instance) == ["draft_year 2024"]
    shutil.rmtree(whole_year / "inbox")
    (whole_year / "inbox").mkdir()
    _take_in(whole_year, *CONTRACT.departments)
    assert _asked(instance) == []


def test_a_year_that_a_person_ran_is_left_to_people_until_given_back(
    whole_year: Path, instance: dg.DagsterInstance
) -> None:
    _take_in(whole_year)
    for tags, asked in (({}, []), ({HAND_BACK: "yes"}, ["draft_year 2024"])):
        run = {PARTITION_NAME_TAG: "2024", STAGE_TAG: "draft", **tags}
        instance.add_run(dg.DagsterRun("draft_year", str(uuid.uuid4()), tags=run))
        assert _asked(instance) == asked


def test_the_year_is_opened_once_its_due_days_are_set(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUJUN_HOME", str(tmp_path / "home"))

    def asked(year: int) -> dg.RunRequest | dg.SkipReason:
        instant = datetime(year, 1, 5, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
        found = year_opening(dg.build_schedule_context(scheduled_execution_time=instant))
        assert isinstance(found, dg.RunRequest | dg.SkipReason)
        return found

    assert "No edition of the method covers 2021" in str(asked(2022).skip_message)  # type: ignore[union-attr]
    assert "no due day of 2026" in str(asked(2027).skip_message)  # type: ignore[union-attr]
    assert isinstance(request := asked(2025), dg.RunRequest)
    assert request.partition_key == "2024"
    job = definitions.resolve_job_def(year_opening.job_name)
    assert job.execute_in_process(partition_key="2024", instance=instance).success
    assert (tmp_path / "home" / "templates" / "2024").is_dir()
    assert "2024 is open" in str(asked(2025).skip_message)  # type: ignore[union-attr]


def test_another_method_asks_for_another_draft(
    whole_year: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    _take_in(whole_year)
    (request,) = _requests(instance)
    _ended(instance, request, dg.DagsterRunStatus.SUCCESS)
    assert _requests(instance) == []
    method = Path(shutil.copytree(policy_folder(), whole_year / "policy"))
    quotas = method / "quotas.csv"
    text = quotas.read_text(encoding="utf-8")
    quotas.write_text(text.replace("A,20", "A,25").replace("B,55", "B,50"), encoding="utf-8")
    monkeypatch.setenv("MUJUN_POLICY", str(method))
    assert _asked(instance) == ["draft_year 2024"]


def test_a_file_dated_in_the_future_is_taken_in(whole_year: Path, instance: dg.DagsterInstance) -> None:
    future = time.time() + 400 * 24 * 3600
    os.utime(whole_year / "inbox" / "tax" / "2024" / "tax_payments.csv", (future, future))
    assert _asked(instance) == ["take_in_year 2024"]
