"""What is gone from the inbox: taken back, or an accident that must not cost a department its figures."""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.cli import cli
from orchestration.definitions import definitions
from orchestration.errors import UserError
from orchestration.intake.inbox import Drop
from orchestration.intake.withdrawal import vanished
from orchestration.jobs import inbox_watch
from orchestration.launch import run_job
from orchestration.settings import Home, using
from tests.intake.office import YEAR, Office, csv_text, labels

CONFIRMED = labels("land_confirmed")
PARKS = csv_text([labels("park_list"), ["YQ001", "某园", "500101", "市级特色工业园区"]])
NAMES = [f"核定用地面积_{place}.csv" for place in "甲乙丙丁"]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Four files of planning and one of the commission, accepted."""
    office = Office(tmp_path)
    for number, name in enumerate(NAMES):
        office.drop(name, csv_text([CONFIRMED, [f"91500000MA{number:07d}X", "500101", number]]))
    office.drop("园区名录.csv", PARKS)
    office.read()
    return office


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _take(office: Office, *names: str) -> None:
    for name in names:
        (office.folder("planning") / name).unlink()


def _empty_the_inbox(office: Office) -> None:
    for path in office.inbox.iterdir():
        shutil.rmtree(path)


def _take_all(office: Office) -> None:
    _take(office, *NAMES)


def _link_instead(office: Office) -> None:
    folder = office.folder("planning")
    folder.rename(office.inbox.parent / "elsewhere")
    folder.symlink_to(office.inbox.parent / "elsewhere")


ACCIDENTS: dict[str, Callable[[Office], object]] = {
    "the inbox is gone": lambda office: shutil.rmtree(office.inbox),
    "the inbox is empty": _empty_the_inbox,
    "the department's folder is gone": lambda office: shutil.rmtree(office.inbox / "planning"),
    "its folder of the year is gone": lambda office: shutil.rmtree(office.folder("planning")),
    "its folder of the year is empty": _take_all,
    "a link lies in its place": _link_instead,
    "more than half of its files are gone": lambda office: _take(office, *NAMES[:3]),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_is_no_withdrawal_by_any_route(office: Office, accident: str) -> None:
    ACCIDENTS[accident](office)
    before = _snapshot(office.home)
    with pytest.raises(UserError, match="--withdraw planning"):
        office.read()
    assert _snapshot(office.home) == before
    if accident == "the inbox is gone":
        with pytest.raises(UserError, match="--withdraw commission --withdraw planning"):
            office.read("statistics")


def test_a_person_says_that_they_were_taken_back(office: Office) -> None:
    shutil.rmtree(office.folder("planning"))
    result = office.read("planning")
    assert [file.file_name for file in result.withdrawn] == sorted(NAMES)
    assert office.landed("land_confirmed") == []
    assert list(office.read().withdrawn) == []  # once said, it holds


@pytest.mark.parametrize("names", [NAMES[:1], NAMES[:2]])
def test_half_of_the_files_may_be_taken_back_as_ever(office: Office, names: list[str]) -> None:
    _take(office, *names)
    assert [file.file_name for file in office.read().withdrawn] == sorted(names)


def test_what_was_never_accepted_may_go() -> None:
    assert vanished({"tax/a", "tax/b", "ecology/a"}, {"tax/b", "tax/c", "ecology/a", "planning/x"}) == {}
    assert vanished(set(), set()) == {}


@pytest.mark.parametrize("folder", ["inbox", "inbox/planning", f"inbox/planning/{YEAR}"])
def test_a_year_never_delivered_is_a_wrong_call(tmp_path: Path, folder: str) -> None:
    office = Office(tmp_path)
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    with pytest.raises(UserError, match=f"Nothing was dropped for {YEAR}"):
        office.read()
    shutil.rmtree(office.inbox)
    with pytest.raises(UserError, match="There is no inbox"):
        office.read()
    assert not office.home.exists()


def test_a_department_that_is_none_is_a_wrong_call(office: Office) -> None:
    with pytest.raises(UserError, match="no department “planing”"):
        office.read("planing")


@pytest.mark.parametrize("accepted_before", [True, False])
def test_files_that_vanish_while_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accepted_before: bool
) -> None:
    office = Office(tmp_path)
    for name in NAMES:
        office.drop(name, csv_text([CONFIRMED, ["91500000MA0000001X", "500101", 1]]))
    if accepted_before:
        office.read()
    before = _snapshot(office.home)
    copy = Drop.copy

    def then_the_share_goes(drop: Drop, target: object = None) -> str:
        sha256 = copy(drop, target)  # type: ignore[arg-type]
        shutil.rmtree(office.folder("planning"))
        return sha256

    monkeypatch.setattr(Drop, "copy", then_the_share_goes)
    with pytest.raises(UserError, match="Gone from"):
        office.read()
    # What was copied before the share went is in the archive, as everything that was ever seen.
    left = {name: said for name, said in _snapshot(office.home).items() if not name.startswith("archive/")}
    assert left == {name: said for name, said in before.items() if not name.startswith("archive/")}


def test_no_route_through_dagster_misses_it(office: Office) -> None:
    home = Home(office.home)
    told = [_snapshot(office.home / name) for name in ("receipts", "landing/intake_file")]
    shutil.rmtree(office.inbox)
    with pytest.raises(UserError, match="Gone from"):
        run_job("draft_year", year=YEAR, home=home, inbox=office.inbox)
    # as the web UI, the schedule and the sensor launch it
    for job in ("draft_year", "take_in_year"):
        with using(home=office.home, inbox=office.inbox):
            result = definitions.resolve_job_def(job).execute_in_process(
                partition_key=str(YEAR),
                instance=dg.DagsterInstance.ephemeral(),
                raise_on_error=False,
            )
        assert not result.success
    assert not home.warehouse.exists()
    assert told == [_snapshot(office.home / name) for name in ("receipts", "landing/intake_file")]
    withdrawn = ["planning", "commission"]
    run_job("take_in_year", year=YEAR, home=home, inbox=office.inbox, withdraw=withdrawn)
    assert office.landed("intake_file") == []


def _said_by_the_sensor(office: Office) -> list[str]:
    """What the sensor launches, or why it waits."""
    with (
        using(home=office.home, inbox=office.inbox),
        dg.DagsterInstance.ephemeral() as instance,
    ):
        asked: Any = inbox_watch(dg.build_sensor_context(instance))
        return [
            str(said.skip_message) if isinstance(said, dg.SkipReason) else str(said.job_name)
            for said in asked
        ]


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_the_sensor_waits_and_says_so(office: Office, monkeypatch: pytest.MonkeyPatch, accident: str) -> None:
    now = time.time()
    monkeypatch.setattr("orchestration.intake.status.time.time", lambda: now + 3600)
    assert _said_by_the_sensor(office) == ["draft_year"]  # the due days are over
    ACCIDENTS[accident](office)
    (said,) = _said_by_the_sensor(office)
    assert said.startswith(f"Gone from {office.inbox}")
    assert "--withdraw planning" in said
    office.read("planning", "commission")
    assert not any(said.startswith("Gone") for said in _said_by_the_sensor(office))


def test_status_says_what_the_run_will_refuse(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--year", str(YEAR), "--inbox", str(office.inbox), "--home", str(office.home)]
    cli.main(["status", *where], standalone_mode=False)
    assert capsys.readouterr().err == ""
    shutil.rmtree(office.inbox)
    cli.main(["status", *where], standalone_mode=False)
    assert capsys.readouterr().err.startswith(f"Gone from {office.inbox}, which is not there")


def test_the_sensor_waits_for_an_inbox_that_cannot_be_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stale(*_: object, **__: object) -> int:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr("orchestration.intake.inbox.os.open", stale)
    (said,) = _said_by_the_sensor(office)
    assert "Stale file handle" in said


def test_the_sensor_has_a_damaged_record_made_anew(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("orchestration.intake.status.time.time", lambda: now + 3600)
    table = office.home / "landing" / "intake_file" / f"year={YEAR}" / "rows.parquet"
    for content in (table.read_bytes()[:-30], b"", b"no table"):
        table.write_bytes(content)
        assert _said_by_the_sensor(office) == ["take_in_year"]
    office.read()
    assert _said_by_the_sensor(office) == ["draft_year"]  # the due days are over
