"""`mujun doctor` sees what is wrong with a home, and says what to do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.doctor import examine
from orchestration.settings import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    made, inbox = Home(tmp_path / "home"), tmp_path / "inbox"
    made.create()
    inbox.mkdir()
    monkeypatch.setenv("MUJUN_HOME", str(made.path))
    monkeypatch.setenv("MUJUN_INBOX", str(inbox))
    monkeypatch.setenv("MUJUN_NOTIFY", "")
    monkeypatch.setenv("MUJUN_DATABASE", "")
    return made


def to_mend(home: Home) -> dict[str, str]:
    """What is to be mended, by subject; the disk of this machine is not what is looked at."""
    return {seen.subject: seen.do for seen in examine(home) if seen.do and seen.subject != "disk"}


def test_nothing_is_wrong_with_a_new_home(home: Home) -> None:
    assert to_mend(home) == {}


def log_of(home: Home, began: datetime) -> None:
    """A run that began, said that it lives, and never ended."""
    home.logs.mkdir(exist_ok=True)
    line = {
        "run": "r1",
        "event": "began",
        "at": began.isoformat(),
        "job": "draft_year",
        "year": 2024,
        "pid": 1,
    }
    (home.logs / "a.jsonl").write_text(json.dumps(line) + "\n")
    (home.dagster / "living").mkdir(exist_ok=True)
    (home.dagster / "living" / "r1").touch()


def test_each_fault_is_told_with_what_to_do(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.path.chmod(0o755)
    (home.dagster / "history").mkdir()
    (home.dagster / "history" / "runs.db").write_bytes(b"garbage" * 999)
    home.warehouse.write_bytes(b"garbage" * 9999)
    (home.path / "releases").mkdir()
    (home.path / "releases" / "log.jsonl").write_text("{}\n")
    log_of(home, datetime.now(UTC) + timedelta(hours=1))  # the clock was set back since
    (tmp_path / "inbox").rmdir()
    notify = tmp_path / "notify.yaml"
    notify.write_text("emial: []")
    monkeypatch.setenv("MUJUN_NOTIFY", str(notify))
    told = to_mend(home)
    expected = {
        "modes": "chmod o-rwx",
        "databases": "history/runs.db",
        "warehouse": "makes it anew",
        "releases": "Restore the log",
        "runs": "It was killed",
        "clock": "set back",
        "folders": "is the share mounted",
        "news": "emial",
    }
    assert told.keys() == expected.keys()
    assert [subject for subject, words in expected.items() if words not in told[subject]] == []


def test_a_home_that_is_not_there(tmp_path: Path, home: Home) -> None:
    assert "is not there" in to_mend(Home(tmp_path / "none"))["folders"]
