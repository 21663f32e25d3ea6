"""Until when may be objected to a notice (rulebook 10.3)."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from orchestration.policy import load_policy
from orchestration.presentation.notice import last_day
from orchestration.settings import policy_folder


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


def test_objections_go_to_the_office_of_the_day(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(policy_folder(), tmp_path / "policy"))
    rows = ["2023-01-01,甲办,,,", "2025-06-01,乙办,023-0000,某路1号,"]
    text = "\n".join(["valid_from,office,contact,address,note", *rows])
    (folder / "office.csv").write_text(text, encoding="utf-8")
    policy = load_policy(folder)
    assert policy.office(date(2025, 5, 31)) == {"office": "甲办", "contact": None, "address": None}
    assert policy.office(date(2025, 6, 1))["contact"] == "023-0000"
    assert policy.office(date(2022, 12, 31))["office"] is None
