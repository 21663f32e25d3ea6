"""Until when may be objected to a notice (rulebook 10.3)."""

from __future__ import annotations

from datetime import date

import pytest

from orchestration.presentation.notice import last_day


@pytest.mark.parametrize(
    ("noticed_on", "working_days", "until"),
    [
        ("2025-05-20", 5, "2025-05-27"),  # Tuesday: 21, 22, 23, 26, 27
        ("2025-05-23", 5, "2025-05-30"),  # Friday: 26 to 30
        ("2025-05-24", 5, "2025-05-30"),  # Saturday, no working day itself: 26 to 30
        ("2025-05-25", 0, "2025-05-25"),
    ],
)
def test_the_last_day_of_a_notice(noticed_on: str, working_days: int, until: str) -> None:
    assert last_day(date.fromisoformat(noticed_on), working_days) == date.fromisoformat(until)
