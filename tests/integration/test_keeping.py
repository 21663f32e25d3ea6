"""Keeping a home and taking away what it need not keep: prune, backup, restore, another path."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.backup import back_up, restore
from orchestration.errors import UserError
from orchestration.prune import prunable, prune
from orchestration.release.listing import told
from orchestration.release.log import ReleaseLog
from orchestration.release.register import Release, find
from orchestration.release.upkeep import discard, put_right
from orchestration.release.verify import faults, notes
from orchestration.settings import Home
from tests.conftest import Outcome, mujun
from tests.integration.conftest import FINAL


@pytest.fixture
def home(sample: Outcome, tmp_path: Path) -> Home:
    """A copy of what a home of the sample years keeps."""
    for kept in ("releases", "archive", "receipts", "landing", "logs"):
        shutil.copytree(sample.home / kept, tmp_path / "home" / kept, symlinks=True)
    return Home(tmp_path / "home")


def test_a_run_is_told_with_who_ran_it_its_steps_and_its_outcome(sample: Outcome) -> None:
    lines = mujun("runs", "--year", "2024", home=sample.home).out.splitlines()
    runs = [line.split()[2] for line in lines if not line.startswith(" ")]
    assert runs == ["final_year", "draft_year", "final_year", "notice_year", "draft_year"]
    last, *others = "\n".join(lines).split("\n20")
    assert f"published 2024/{FINAL}" in last
    steps = [line.split()[0] for line in last.splitlines()[2:]]
    assert steps == ["intake", "method", "models", "judgement", "release", "in"]
    assert "refused" in others[1]
    assert "OBJ-01 (7)" in others[1]


def test_what_is_pruned_is_an_old_draft_and_is_told(home: Home) -> None:
    """Of 2024 there are r001-draft, r002-notice, r003-draft, r004-final."""
    assert prunable(home, keep=2) == []
    assert prunable(home, keep=1, only_automatic=True) == []  # people made them
    for name in ("r001-draft", "r003-draft"):
        _change(find(home, f"2024/{name}"), '"run": {', '"run": {"asked_by": "draft-2024-…",')
    assert [one.release.id for one in prunable(home, keep=1, only_automatic=True)] == ["r001-draft"]
    for name in ("r001-draft", "r003-draft"):
        _change(find(home, f"2024/{name}"), '"run": {"asked_by": "draft-2024-…",', '"run": {')
    (draft,) = old = prunable(home, keep=1)
    assert draft.release.name == "2024/r001-draft"
    assert draft.bytes > 1e6
    prune(home, old, print)
    assert not draft.release.path.exists()
    release = find(home, "2024")
    assert faults(release, home) == []
    assert any(note.startswith("2024/r001-draft was pruned at 20") for note in notes(home, release))
    assert any(line.startswith("2024/r001-draft") and "was pruned" in line for line in told(home, 2024))
    assert ReleaseLog.load(home).last_number(2024) == 4
    # Killed between the log and the folder: the next run goes on with it.
    draft.release.path.mkdir()
    put_right(home, print)
    assert not draft.release.path.exists()
    ReleaseLog.load(home).with_pruned(2024, "r002-notice", pruned_at="2025-07-01", account="a", host="b")
    assert any("is no draft that can have been pruned" in fault for fault in faults(release, home))


def test_a_draft_that_something_rests_on_stays(home: Home) -> None:
    """What a later release was compared with: here a draft of the year before, as the manifest names it."""
    named = '"base_release": "2023/r001-final"'
    _change(find(home, f"2024/{FINAL}"), named, '"base_release": "2024/r001-draft"')
    assert prunable(home, keep=1) == []


def _change(release: Release, before: str, after: str) -> None:
    """Change what a manifest says, as nobody should."""
    manifest = release.path / "manifest.json"
    manifest.chmod(0o600)
    text = manifest.read_text(encoding="utf-8")
    assert before in text
    manifest.write_text(text.replace(before, after), encoding="utf-8")
    manifest.chmod(0o440)


def test_a_home_that_is_destroyed_comes_back_at_another_path(home: Home, tmp_path: Path) -> None:
    anchor = ReleaseLog.load(home).head
    backup, elsewhere = tmp_path / "backup", Home(tmp_path / "elsewhere")
    assert back_up(home, backup).log_head == anchor
    with pytest.raises(UserError, match="must be a new folder"):
        back_up(home, backup)
    discard(home.path)
    restore(backup, elsewhere)
    assert faults(find(elsewhere, "2024"), elsewhere, anchor) == []
    assert (elsewhere.releases(2024) / "current").readlink() == Path(FINAL)
    with pytest.raises(UserError, match="is not empty"):
        restore(backup, elsewhere)
    receipt = next((backup / "home" / "receipts").rglob("*.json"))
    receipt.write_bytes(receipt.read_bytes() + b" ")
    with pytest.raises(UserError, match=f"not what was backed up: receipts/.*{receipt.name}"):
        restore(backup, home)
    assert not home.path.exists()
