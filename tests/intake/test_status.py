"""What `mujun status` and the sensor see."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from orchestration.intake.status import missing_feeds, pending_drops, status_of
from tests.intake.office import CONTRACT, YEAR, Office, csv_text, labels

GOOD = csv_text([labels("park_list"), ["YQ001", "某园", "500101", "市级特色工业园区"]])


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def _pending(office: Office, settled_seconds: float = 0) -> dict[int, str]:
    return pending_drops(office.inbox, office.home, CONTRACT, settled_seconds)


def test_every_feed_is_listed_and_what_is_needed_is_missing(office: Office) -> None:
    office.drop("园区名录.csv", GOOD)
    office.drop("honours.csv", csv_text([labels("honours")]))
    office.drop("税收入库.csv", "坏了")
    office.drop("随手记.txt", "x")
    office.read()
    office.drop("county_rules.csv", "还没有读")
    found = status_of(YEAR, "draft", office.inbox, office.home, CONTRACT)
    by_feed = {status.feed.name if status.feed else "": status for status in found}
    assert by_feed.keys() == {"", *CONTRACT.feeds}
    verdicts = {name: [file.verdict for file in status.files] for name, status in by_feed.items()}
    assert {name: held for name, held in verdicts.items() if held} == {
        "park_list": ["已受理"],
        "honours": ["已受理"],
        "tax_payments": ["退回"],
        "county_rules": ["未读取"],
        "": ["退回"],
    }
    missing = {feed.name for feed in missing_feeds(YEAR, "draft", office.home, CONTRACT)}
    assert missing == {name for name, status in by_feed.items() if status.missing}
    assert not missing & {"park_list", "honours", "land_confirmed", "county_rules"}
    assert {"tax_payments", "enterprise_roster", "land_leases"} <= missing


def test_a_year_is_pending_until_it_is_taken_in(office: Office) -> None:
    assert _pending(office) == {}
    path = office.drop("园区名录.csv", GOOD)
    first = _pending(office)
    assert list(first) == [YEAR]
    office.read()
    assert _pending(office) == {}
    path.write_text(GOOD.replace("某园", "新园"), encoding="utf-8")
    assert _pending(office).keys() == {YEAR}
    assert _pending(office) != first
    office.read()
    path.unlink()
    assert list(_pending(office)) == [YEAR]  # a withdrawal, too


def test_a_file_that_just_changed_waits(office: Office) -> None:
    path = office.drop("园区名录.csv", GOOD)
    old = time.time() - 3600
    os.utime(path, (old, old))  # a copy that keeps the old date: when it was made still counts
    assert _pending(office, settled_seconds=60) == {}
    office.drop("税收入库.csv.part", "x")
    assert list(_pending(office)) == [YEAR]


def test_the_others_do_not_wait_for_ever_for_a_file_that_moves(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop("园区名录.csv", GOOD)
    time.sleep(0.1)
    office.drop("税收入库.csv", "还在复制")
    assert _pending(office, settled_seconds=60) == {}
    monkeypatch.setattr("orchestration.intake.status.PATIENCE_SECONDS", 0.05)
    assert list(_pending(office, settled_seconds=60)) == [YEAR]
    office.read()
    office.drop("税收入库.csv", "还在复制，又多了一些")
    assert _pending(office, settled_seconds=60) == {}
