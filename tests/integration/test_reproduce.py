"""Trust in a release: it can be rebuilt from the archive, and publishing the same again changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from orchestration.settings import FEEDS
from tests.conftest import Outcome, mujun
from tests.drops import Drop
from tests.integration.conftest import FINAL, SAMPLE


def test_the_release_is_rebuilt_from_the_archive(sample: Outcome) -> None:
    again = mujun("reproduce", "2024", home=sample.home)
    assert (again.status, again.out.splitlines()[-1]) == (
        0,
        f"2024/{FINAL} is reproduced: every table is the same.",
    )


def test_publishing_the_same_again_is_said_and_changes_nothing(sample: Outcome) -> None:
    releases = sample.home / "releases" / "2024"
    before = sorted(path.name for path in releases.glob("r*"))
    # As a run leaves it that is killed before its last step.
    (releases / "current").unlink()
    # The landing of another year is no matter of this one: an earlier version made it, or it is damaged.
    for table in ("tax_payments", "intake_file"):
        other = sample.home / "landing" / table / "year=2022" / "rows.parquet"
        other.parent.mkdir(parents=True)
        other.write_bytes(b"damaged")
    again = mujun(
        *("run", "--year", "2024", "--stage", "final", "--as-of", "2025-06-24", "--inbox", SAMPLE),
        home=sample.home,
    )
    assert again.status == 0, again.err
    assert "unchanged" in again.out
    assert f"now names 2024/{FINAL}" in again.out
    assert (releases / "current").readlink() == Path(FINAL)
    assert (releases / "current.txt").read_text(encoding="utf-8") == f"{FINAL}\n"
    assert sorted(path.name for path in releases.glob("r*")) == before


def test_a_release_is_rebuilt_by_the_contract_that_it_carries(
    tmp_path: Path, evaluate: Callable[..., Outcome]
) -> None:
    """A column has been relabelled since: the files of then read as they did."""
    feeds = Path(shutil.copytree(FEEDS, tmp_path / "feeds"))
    roster = feeds / "enterprise_roster.yaml"
    text = roster.read_text(encoding="utf-8").replace("zh: 企业名称", "zh: 单位全称")
    roster.write_text(text, encoding="utf-8")
    drop = Drop(2024)
    drop.enterprise(1, "500102")
    drop.survey_all()
    inbox = drop.write(tmp_path / "inbox")
    file = inbox / "commission" / "2024" / "enterprise_roster.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("enterprise_name", "单位全称"), encoding="utf-8")
    released = evaluate(inbox, home=tmp_path / "home", MUJUN_FEEDS=str(feeds))
    assert released.row("select count(*) from enterprise_result") == (1,)
    again = mujun("reproduce", "2024", home=released.home)
    assert (again.status, again.out.splitlines()[-1]) == (
        0,
        "2024/r001-draft is reproduced: every table is the same.",
    )
