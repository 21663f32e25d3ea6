"""Runs that are ended, run beside others, or see the world change: each way once."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.machine.conftest import First
from tests.machine.matrix import BOUNDARIES, Run, is_whole, recovers

pytestmark = pytest.mark.matrix


# The processes that a run starts, in their order, and what is in the home when each is about to be asked.
CHILDREN = {
    "dbt": "warehouse/mujun.duckdb",
    "the judge": "warehouse/frames/waivers.parquet",
    "the workbooks": "releases/2024/r001-draft.part/manifest.json",
}


@pytest.mark.parametrize("when", ["as it starts", "at its work"])
@pytest.mark.parametrize("child", CHILDREN)
def test_a_child_that_was_killed(inbox: Path, tmp_path: Path, child: str, when: str) -> None:
    """At its work: the run ends with a sentence, nothing is published, the next run is well. Before it was
    asked anything another is started in its place."""
    home = tmp_path / "home"
    run = Run(inbox, home)
    seen: list[int] = []  # in the order in which they come; each goes after its turn
    place = list(CHILDREN).index(child)
    while len(seen) <= place and run.process.poll() is None:
        seen += [worker for worker in _workers(run.process.pid) if worker not in seen]
        time.sleep(0.02)
    if when == "at its work":
        while not (home / CHILDREN[child]).exists() and run.process.poll() is None:
            time.sleep(0.02)
        time.sleep(1)
    with contextlib.suppress(ProcessLookupError):  # it has done its work
        os.kill(seen[place], signal.SIGKILL)
    code, out, err = run.end()
    assert code in (0, 1), out + err
    if code:
        assert f"The process of {child} was killed" in err, err
        assert not (home / "releases" / "2024" / "current").exists()
    recovers(inbox, home)


def _workers(parent: int) -> list[int]:
    """The worker processes of a run, oldest first."""
    listed = subprocess.run(
        ["ps", "-ww", "--ppid", str(parent), "--sort", "start_time,pid", "-o", "pid=,args="],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if "workers import serve" in line]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
@pytest.mark.parametrize("parts", [(0.03, 0.5), (0.1, 0.65), (0.2, 0.8), (0.35, 0.95)], ids=str)
def test_ended_at_any_moment(
    inbox: Path, tmp_path: Path, first: First, parts: tuple[float, ...], number: signal.Signals
) -> None:
    """When a part of its time has gone by, and the run after it, at once, when another part has. One
    sentence, no orphan; the third publishes and the home is whole."""
    home = tmp_path / "home"
    for part in parts:
        run = Run(inbox, home)
        time.sleep(part * first.seconds)
        run.process.send_signal(number)
        code, out, err = run.end()
        stopped = 130 if number == signal.SIGINT else 143
        assert code == stopped or (code == 0 and part > 0.6), out + err  # no run takes the very same time
    recovers(inbox, home)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_at_the_boundary_of_a_step(inbox: Path, tmp_path: Path, boundary: str) -> None:
    home = tmp_path / "home"
    run = Run(inbox, home)
    assert run.reach(boundary)
    run.process.kill()
    run.end()
    recovers(inbox, home)


@pytest.mark.parametrize("number", [2, 5])
def test_several_runs_at_once(inbox: Path, tmp_path: Path, number: int) -> None:
    """Each waits for the others and says for whom; the first publishes, the others find it unchanged."""
    home = tmp_path / "home"
    ended = [run.end() for run in [Run(inbox, home) for _ in range(number)]]
    assert [code for code, _, _ in ended] == [0] * number, ended
    said = "".join(out for _, out, _ in ended)
    assert said.count("waiting   another run") >= 1
    assert "process " in said
    assert said.count("(unchanged") == number - 1
    is_whole(inbox, home)


def test_an_inbox_that_changes_all_the_time(inbox: Path, tmp_path: Path) -> None:
    """A file is replaced and another grows while the run goes on: both are read whole, now or later."""
    restless = Path(shutil.copytree(inbox, tmp_path / "inbox"))
    file, growing = restless / "tax" / "2024" / "tax_payments.csv", restless / "tax" / "2024" / "copying.csv"
    genuine, run = file.read_bytes(), Run(restless, tmp_path / "home")
    while run.process.poll() is None:
        (aside := file.with_name("aside.tmp")).write_bytes(genuine)
        aside.replace(file)
        with growing.open("ab") as stream:
            stream.write(genuine[:50])
        time.sleep(0.01)
    code, out, err = run.end()
    assert code in (0, 2), out + err
    growing.unlink()
    recovers(restless, tmp_path / "home")


def test_a_clock_that_was_set_back(inbox: Path, tmp_path: Path, home: Path) -> None:
    """What there is lies in the future."""
    later = Path(shutil.copytree(inbox, tmp_path / "inbox"))
    future = time.time() + 400 * 24 * 3600
    for path in (*home.rglob("*"), *later.rglob("*")):
        os.utime(path, (future, future), follow_symlinks=False)
    recovers(later, home)
