"""The calendar: how late a feed is, and where that is said."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from orchestration.errors import UserError
from orchestration.intake.due_days import DueDay, Timeliness, day_of, due_days
from orchestration.intake.status import status_of
from orchestration.policy import load_policy
from orchestration.policy_form import SHIPPED
from tests.intake.office import CONTRACT, YEAR, Office, csv_text, labels

PARKS = csv_text([labels("park_list"), ["YQ001", "某园", "500101", "市级特色工业园区"]])
NOT_YET, NOW = None, dt.date(2024, 3, 5)


@pytest.mark.parametrize(
    ("due_on", "accepted_on", "days_late", "told"),
    [
        ("2024-02-28", "2024-03-01", 2, "测算 2024-02-28 晚2天"),  # 29 February, 1 March
        ("2024-03-01", "2024-03-01", 0, "测算 2024-03-01 按期"),
        ("2024-12-31", "2024-03-01", 0, "测算 2024-12-31 按期"),
        ("2024-02-28", NOT_YET, 6, "测算 2024-02-28 逾期6天"),  # as of 5 March: 29 February, 1 to 5 March
        ("2024-03-05", NOT_YET, 0, "测算 2024-03-05 当天到期"),
        ("2024-04-04", NOT_YET, 0, "测算 2024-04-04 还有30天"),  # 26 in March, 4 in April
    ],
)
def test_calendar_days_are_counted(due_on: str, accepted_on: str | None, days_late: int, told: str) -> None:
    accepted = dt.date.fromisoformat(accepted_on) if accepted_on else None
    held = Timeliness(DueDay("draft", dt.date.fromisoformat(due_on)), accepted, as_of=NOW)
    assert (held.days_late, str(held)) == (days_late, told)


def test_the_first_accepted_file_of_the_feed_counts(tmp_path: Path) -> None:
    """A refused file is none; one that comes later, for another county or again, changes nothing."""
    office = Office(tmp_path)
    office.drop("园区名录_万州.csv", "坏了")
    (refused,) = office.read().files
    came = day_of(refused.received_at)
    office.due = {"park_list": [DueDay("draft", came - dt.timedelta(days=3)), DueDay("final", came)]}
    (refused,) = office.read().files
    late = [(held["first_accepted_on"], held["days_late"]) for held in office.receipt(refused)["due"]]
    assert late == [(None, 3), (None, 0)]
    office.drop("园区名录_涪陵.csv", PARKS)
    files = office.read().files
    for file in files:
        told = office.receipt(file)["due"]
        assert [(held["stage"], held["first_accepted_on"], held["days_late"]) for held in told] == [
            ("draft", came.isoformat(), 3),
            ("final", came.isoformat(), 0),
        ]
    statuses = status_of(
        *(YEAR, "draft", office.inbox, office.home, CONTRACT),
        due=office.due | {"honours": office.due["park_list"]},
        as_of=came + dt.timedelta(days=1),
    )
    late_by = {status.feed.name: [h.days_late for h in status.due] for status in statuses if status.feed}
    assert late_by["park_list"] == [3, 0]  # it came, whatever the day is
    assert late_by["honours"] == [4, 1]
    assert late_by["tax_payments"] == []  # not in the calendar


def test_the_calendar_names_feeds_of_the_contract(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "policy")
    text = "year,feed,stage,due_on,note\n2024,honours,final,2025-05-01,\n2024,honours,draft,2025-03-01,\n"
    (folder / "calendar.csv").write_text(text, encoding="utf-8")
    found = due_days(load_policy(folder), CONTRACT, 2024)
    assert {feed: list(map(str, days)) for feed, days in found.items()} == {
        "honours": ["测算 2025-03-01", "公布 2025-05-01"]
    }
    assert due_days(load_policy(folder), CONTRACT, 2023) == {}
    (folder / "calendar.csv").write_text(text + "2024,honour,draft,2025-03-01,\n", encoding="utf-8")
    with pytest.raises(UserError, match="2024, draft: there is no feed “honour”"):
        due_days(load_policy(folder), CONTRACT, 2023)


def test_a_folder_of_an_earlier_version_has_no_calendar(tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "policy")
    (folder / "calendar.csv").unlink()
    schema = folder / "schema.yaml"
    before = "version: 0.2.0"
    schema.write_text(schema.read_text(encoding="utf-8").replace("version: 0.4.0", before), encoding="utf-8")
    assert due_days(load_policy(folder), CONTRACT, 2024) == {}
