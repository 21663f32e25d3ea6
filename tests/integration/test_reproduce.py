"""Trust in a release: it can be rebuilt from the archive, and publishing the same again changes nothing."""

from __future__ import annotations

from tests.conftest import Outcome, mujun
from tests.integration.conftest import SAMPLE


def test_the_release_is_rebuilt_from_the_archive(sample: Outcome) -> None:
    again = mujun("reproduce", "2024", home=sample.home)
    assert (again.status, again.out.splitlines()[-1]) == (
        0,
        "2024/r001-final is reproduced: every table is the same.",
    )


def test_publishing_the_same_again_is_said_and_changes_nothing(sample: Outcome) -> None:
    again = mujun(
        *("run", "--year", "2024", "--stage", "final", "--as-of", "2025-06-01", "--inbox", SAMPLE),
        home=sample.home,
    )
    assert again.status == 0
    assert "unchanged" in again.out
    assert [path.name for path in (sample.home / "releases" / "2024").glob("r*")] == ["r001-final"]
