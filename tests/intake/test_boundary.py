"""The boundary of intake: an inbox that leads out of itself, floods, a dying reader, a failing machine."""

from __future__ import annotations

import collections
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import MachineError
from orchestration.intake import IntakeResult, worker
from orchestration.intake import run as intake_run
from orchestration.intake.inbox import Drop
from orchestration.intake.limits import beyond_limits
from orchestration.intake.status import pending_drops, status_of
from orchestration.settings import Limits
from tests.intake.office import CONTRACT, YEAR, Office, csv_text, labels, saved, workbook
from tests.intake.test_hostile import SHEET, _rezipped

CONFIRMED = labels("land_confirmed")
PARKS = csv_text([labels("park_list"), ["YQ001", "某园", "500101", "市级特色工业园区"]])
SECRET = "-----BEGIN PRIVATE KEY-----"
MIB = 1 << 20


def _good(number: int) -> str:
    return csv_text([CONFIRMED, [f"91500000MA{number:07d}X", "500101", number]])


def _book(number: int) -> bytes:
    return saved(workbook([CONFIRMED, [f"91500000MA{number:07d}X", "500101", number]]))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.drop("园区名录.csv", PARKS)
    return office


def _status(result: IntakeResult, name: str) -> tuple[str, str]:
    file = next(file for file in result.files if file.file_name == name)
    return file.status, file.message


def _archived(office: Office) -> str:
    return "\n".join(path.read_text(errors="replace") for path in (office.home / "archive").iterdir())


def _between_listing_and_archiving(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    def then(*arguments: Any) -> Any:
        happens()
        return beyond_limits(*arguments)

    monkeypatch.setattr(intake_run, "beyond_limits", then)


@pytest.mark.parametrize("linked", ["planning", f"planning/{YEAR}"])
def test_a_folder_that_is_a_link_is_not_followed(office: Office, linked: str) -> None:
    outside = office.inbox.parent / "outside"
    (outside / str(YEAR)).mkdir(parents=True)
    for folder in (outside, outside / str(YEAR)):
        (folder / "核定用地面积.csv").write_text(SECRET)
    (office.inbox / linked).parent.mkdir(exist_ok=True)
    (office.inbox / linked).symlink_to(outside)
    result = office.read()
    status, message = _status(result, str(YEAR))
    assert (status, "不是文件夹（是链接" in message) == ("rejected", True)
    assert SECRET not in _archived(office)
    assert _status(result, "园区名录.csv")[0] == "accepted"
    statuses = status_of(YEAR, "draft", office.inbox, office.home, CONTRACT)
    assert [file.verdict for feed in statuses for file in feed.files] == ["已受理", "退回"]
    assert pending_drops(office.inbox, office.home, CONTRACT, 0) == {}


@pytest.mark.parametrize("replaced", ["file", "folder"])
def test_what_is_swapped_for_a_link_is_neither_read_nor_touched(
    office: Office, monkeypatch: pytest.MonkeyPatch, replaced: str
) -> None:
    path = office.drop("核定用地面积.csv", _good(1))
    office.drop("核定用地面积_乙.csv", _good(2))
    outside = office.inbox.parent / "outside"
    outside.mkdir()
    secret = outside / path.name
    secret.write_text(SECRET)
    secret.chmod(0o600)

    def swap() -> None:
        if replaced == "file":
            path.unlink()
            path.symlink_to(secret)
        else:
            path.parent.rename(office.inbox.parent / "elsewhere")
            path.parent.symlink_to(outside)

    _between_listing_and_archiving(monkeypatch, swap)
    if replaced == "file":
        result = office.read()
        assert path.name not in {file.file_name for file in result.files}
        assert any(f"{path.name} 正在变化" in said for said in result.notices)
        assert SECRET not in _archived(office)
    else:
        with pytest.raises(Exception, match="Gone from"):
            office.read()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_pipe_put_in_the_place_of_a_file_holds_nothing_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.drop("核定用地面积.csv", _good(1))

    def swap() -> None:
        path.unlink()
        os.mkfifo(path)

    _between_listing_and_archiving(monkeypatch, swap)
    office.drop("核定用地面积_乙.csv", _good(2))
    assert [file.file_name for file in office.read().files] == ["园区名录.csv", "核定用地面积_乙.csv"]
    monkeypatch.undo()
    assert "不是普通文件" in _status(office.read(), path.name)[1]
    status_of(YEAR, "draft", office.inbox, office.home, CONTRACT)


def test_a_folder_that_may_not_be_entered_concerns_its_department_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop("核定用地面积.csv", _good(7))
    office.read()
    office.drop("园区名录.csv", PARKS.replace("某园", "新园"))
    real = os.open

    def refusing(name: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if options.get("dir_fd") and name == "planning":
            raise PermissionError(13, "Permission denied")
        return real(name, flags, *arguments, **options)

    monkeypatch.setattr(os, "open", refusing)
    result = office.read()
    assert _status(result, str(YEAR))[0] == "rejected"
    assert _status(result, "核定用地面积.csv")[0] == "rejected"
    assert _status(result, "园区名录.csv")[0] == "accepted"
    assert [row["confirmed_area_m2"] for row in office.landed("land_confirmed")] == [7.0]  # what was accepted
    assert [row["park_name"] for row in office.landed("park_list")] == ["新园"]
    assert pending_drops(office.inbox, office.home, CONTRACT, 0) == {}
    monkeypatch.undo()
    assert _status(office.read(), "核定用地面积.csv")[0] == "accepted"


def test_a_file_too_large_is_refused_before_it_is_copied(office: Office) -> None:
    with office.drop("核定用地面积.csv", "").open("wb") as stream:
        stream.truncate(3 << 30)
    result = office.read()
    status, message = _status(result, "核定用地面积.csv")
    assert status == "rejected"
    assert "3,072.0 MiB" in message
    assert "256 MiB" in message
    assert len(list((office.home / "archive").iterdir())) == 1
    statuses = status_of(YEAR, "draft", office.inbox, office.home, CONTRACT)
    assert "未读取" not in {file.verdict for feed in statuses for file in feed.files}


def test_a_department_fills_its_own_share_only(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJUN_DEPARTMENT_MIB", "1")
    office.drop("核定用地面积_乙.csv", _good(1))
    office.read()
    for name in ("甲", "丙"):
        office.drop(f"核定用地面积_{name}.csv", _good(2) + "\r\n" * (350 << 10))
    result = office.read()
    verdicts = {file.file_name: file.status for file in result.files}
    assert verdicts == {
        "园区名录.csv": "accepted",
        "核定用地面积_丙.csv": "accepted",
        "核定用地面积_乙.csv": "accepted",  # it was in force, so it comes first
        "核定用地面积_甲.csv": "rejected",
    }
    assert "超过1 MiB的上限" in _status(result, "核定用地面积_甲.csv")[1]


def test_the_limit_of_a_run_is_met_by_those_who_deliver_most() -> None:
    def drop(department: str, name: str, mib: int) -> Drop:
        return Drop(Path(), department, YEAR, Path(name), name, None, mib * MIB, 0)

    drops = [drop("tax", "a", 30), drop("tax", "b", 40), drop("ecology", "c", 50), drop("planning", "d", 5)]
    refused = beyond_limits(drops, {"tax/b"}, Limits(file=256, department=100, run=100))
    assert list(refused) == ["tax/a"]
    assert "100 MiB" in refused["tax/a"].reason
    assert beyond_limits(drops, (), Limits()) == {}


def test_a_full_disk_is_told_before_anything_is_touched(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr("orchestration.intake.archive.shutil.disk_usage", lambda _: usage(9, 8, MIB))
    with pytest.raises(MachineError, match="has 1 MiB free"):
        office.read()
    assert [path.name for path in office.home.rglob("*")] == ["archive"]


def test_a_disk_that_fills_up_meanwhile_is_a_fault_of_the_machine(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = os.fsync

    def full(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(28, "No space left on device")
        flush(descriptor)

    monkeypatch.setattr("orchestration.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left on device") as told:
        office.read()
    assert str(told.value.filename).startswith(str(office.home))
    assert not [path for path in office.home.rglob("*") if path.is_file()]


def test_a_receipt_folder_that_is_a_file_is_told(office: Office) -> None:
    (office.home / "receipts").mkdir(parents=True)
    (office.home / "receipts" / "commission").write_text("x")
    with pytest.raises(OSError, match="receipts/commission"):
        office.read()


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the reader of the next intake be killed from outside so many times, each time it is asked."""

    def times(count: int) -> None:
        reader = worker.WorkbookReader()
        asked = reader.process.receive
        left = [signal.SIGKILL] * count

        def receive() -> bytes:
            if left:
                reader.process.child.send_signal(left.pop())
            return asked()

        monkeypatch.setattr(intake_run, "WorkbookReader", lambda: reader)
        monkeypatch.setattr(reader.process, "receive", receive)

    return times


def test_a_reader_that_was_killed_is_asked_once_more(office: Office, kill: Callable[[int], None]) -> None:
    office.drop("核定用地面积.xlsx", _book(1))
    kill(1)
    assert _status(office.read(), "核定用地面积.xlsx")[0] == "accepted"


def test_a_reader_that_is_killed_again_is_no_fault_of_a_file(
    office: Office, kill: Callable[[int], None]
) -> None:
    office.drop("核定用地面积_甲.xlsx", _book(1))
    office.drop("核定用地面积_乙.xlsx", _book(2))
    kill(2)
    with pytest.raises(MachineError, match="killed from outside"):
        office.read()
    assert [path.name for path in office.home.iterdir()] == ["archive"]


def test_a_reader_that_cannot_start_is_no_fault_of_a_file(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.drop("核定用地面积.xlsx", _book(1))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(MachineError, match="while it started"):
        office.read()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(MachineError, match="cannot be started"):
        office.read()


def test_the_reader_ends_with_its_parent_however_busy_it_is() -> None:
    script = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from orchestration.intake.worker import WorkbookReader\n"
        "reader = WorkbookReader()\n"
        "reader.cells(Path('nowhere'), '.xlsx')\n"
        "os.kill(reader.process.child.pid, signal.SIGSTOP)\n"
        "print(reader.process.child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    child = Path("/proc") / ended.stdout.strip() / "stat"
    deadline = time.monotonic() + 10
    while child.exists() and ") Z" not in child.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.exists() or ") Z" in child.read_text()


def test_a_crowd_of_hostile_workbooks_wears_out_its_own_department_only(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_run, "SECONDS_A_DEPARTMENT", 0.0)
    office.drop("核定用地面积_旧.xlsx", _book(1))
    office.read()
    for number in range(3):
        office.drop(f"核定用地面积_{number}.xlsx", _rezipped(SHEET, b"<broken" + bytes(number)))
    office.drop("园区名录.xlsx", saved(workbook([labels("park_list")])))
    result = office.read()
    assert _status(result, "核定用地面积_旧.xlsx")[0] == "accepted"
    assert _status(result, "园区名录.xlsx")[0] == "accepted"
    said = [_status(result, f"核定用地面积_{number}.xlsx")[1] for number in range(3)]
    assert ["耗尽时间" in message for message in said] == [False, True, True]


HOSTILE_MODULE = "import pathlib\npathlib.Path(__file__).with_name('executed').touch()\nraise SystemExit(1)\n"


@pytest.fixture
def hostile_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with modules that say so if they are executed."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    for name in ("python_calamine", "pickle", "multiprocessing", "orchestration", "gql", "yaml"):
        (folder / f"{name}.py").write_text(HOSTILE_MODULE)
    monkeypatch.chdir(folder)
    return folder


def test_no_module_of_the_working_directory_is_executed_by_the_reader(
    office: Office, hostile_folder: Path
) -> None:
    office.drop("核定用地面积.xlsx", _book(1))
    assert _status(office.read(), "核定用地面积.xlsx")[0] == "accepted"
    assert not (hostile_folder / "executed").exists()


def test_nor_by_the_processes_of_dbt_and_the_judge(hostile_folder: Path) -> None:
    from orchestration.workers import Worker

    where: Worker[str, str] = Worker("the test", os.getpid, os.path.abspath)
    assert Path(where.ask("x")).parent != hostile_folder
    assert not (hostile_folder / "executed").exists()
