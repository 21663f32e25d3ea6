"""The fault matrix: what the machine does to a run, and that the next one finds its way back.

Each row runs the real command, once with the fault and once without, on the smallest year. Whatever happened:
`current` is a whole release that verifies, nothing delivered is lost, the next run needs no hand, no child
lives on, nothing half written stays. It takes an hour and rights that not everybody has: `make faults` runs
it, `make test` does not. `MUJUN_MOMENTS` sets how many random moments a run is killed at.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.release.register import find
from orchestration.release.verify import faults
from orchestration.settings import PROJECT, Home
from tests.conftest import COMMAND
from tests.drops import Drop

pytestmark = pytest.mark.matrix
NOBODY = 65534


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of three enterprises."""
    drop = Drop(2024)
    for number in range(1, 4):
        drop.enterprise(number, "500102", tax=10.0 * number)
    drop.survey_all()
    folder = tmp_path_factory.mktemp("drop")
    for path in (folder, *folder.parents):
        if path.owner() == "root" and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    return drop.write(folder / "inbox")


class Run:
    """A run of the command: how it ended, and what it said."""

    def __init__(self, inbox: Path, home: Path, *, stage: str = "draft", **options: Any) -> None:
        environment = {**os.environ, "MUJUN_HOME": str(home), **options.pop("env", {})}
        command = [COMMAND, "run", "--year", "2024", "--stage", stage, "--inbox", inbox]
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment}
        try:
            self.process = subprocess.Popen(command, **piped, **options)  # type: ignore[call-overload]
        except PermissionError:
            pytest.skip("the interpreter lies where no other account may go")

    def reach(self, boundary: str) -> bool:
        """Wait until the run says that a step is done; whether it came so far."""
        assert self.process.stdout is not None
        return any(line.startswith(boundary.encode()) for line in iter(self.process.stdout.readline, b""))

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=300)
        return self.process.returncode, out.decode(errors="replace"), err.decode(errors="replace")


def fails(inbox: Path, home: Path, said: str, status: int = 1, **options: Any) -> None:
    """The run ends with a sentence, and leaves no release behind that is not whole."""
    code, out, err = Run(inbox, home, **options).end()
    assert "Traceback" not in out + err, out + err
    assert code == status, out + err
    assert said in err, err


def succeeds(inbox: Path, home: Path, **options: Any) -> str:
    """The run ends well, and the home is whole. Returns what it said."""
    code, out, err = Run(inbox, home, **options).end()
    assert "Traceback" not in out + err, out + err
    assert code == 0, out + err
    is_whole(inbox, home)
    return out + err


def is_whole(inbox: Path, home: Path) -> None:
    """The invariant: what counts verifies, what was delivered is kept, nobody lives on, nothing is half."""
    where = Home(home.resolve())
    assert faults(find(where, "2024"), where) == []
    kept = {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in where.archive.rglob("*") if path.is_file()
    }
    delivered = {hashlib.sha256(path.read_bytes()).hexdigest() for path in inbox.rglob("*") if path.is_file()}
    assert delivered <= kept
    assert not list(home.rglob("*.part*"))
    assert children_of(home) == []


def contents(folder: Path) -> set[str]:
    """The hashes of the files below a folder."""
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def children_of(home: Path) -> list[int]:
    """The processes that work for a home, which each says in its environment."""
    said, found = f"MUJUN_HOME={home}\0".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if said in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=False
    )
    if mounted.returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("megabytes", [1, 2, 3, 4, 6, 8, 10, 12, 16])
def test_a_full_disk(inbox: Path, tmp_path: Path, megabytes: int) -> None:
    """Wherever the disk becomes full: a sentence, and with room the same home goes on."""
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes):
        code, out, err = Run(inbox, disk / "home").end()
        assert "Traceback" not in out + err, out + err
        if code != 0:
            assert code == 1, out + err
            assert "disk" in err or "room" in err, err
        subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
        succeeds(inbox, disk / "home")


def test_a_read_only_home(inbox: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, 200):
        succeeds(inbox, disk / "home")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        code, out, err = Run(inbox, disk / "home").end()
        assert "Traceback" not in out + err, out + err
        assert code in (1, 2)
        assert "read-only" in err.lower(), err


def as_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another account")
def test_a_home_of_another_account(inbox: Path, tmp_path: Path) -> None:
    succeeds(inbox, tmp_path / "home")
    code, out, err = Run(inbox, tmp_path / "home", preexec_fn=as_nobody, env={"HOME": "/nonexistent"}).end()
    assert "Traceback" not in out + err, out + err
    assert code in (1, 2)
    assert "cannot be written" in err or "may not" in err, err


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another account")
def test_an_installation_that_its_user_cannot_write_to(inbox: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    for path in (tmp_path, *tmp_path.parents):
        path.chmod(path.stat().st_mode | 0o055)
    succeeds(inbox, home, preexec_fn=as_nobody, env={"HOME": "/nonexistent"})


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=["C", "ascii", "latin-1"],
)
def test_no_locale(inbox: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    succeeds(inbox, tmp_path / "home", env=environment)


def limited(kind: int, amount: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (amount, amount))


@pytest.mark.parametrize("descriptors", [12, 24, 40])
def test_few_descriptors(inbox: Path, tmp_path: Path, descriptors: int) -> None:
    code, out, err = Run(
        inbox, tmp_path / "home", preexec_fn=limited(resource.RLIMIT_NOFILE, descriptors)
    ).end()
    assert "Traceback" not in out + err, out + err
    assert code == 0 or (code == 1 and "open" in err), out + err
    succeeds(inbox, tmp_path / "home")


@pytest.mark.parametrize("mebibytes", [400, 1024, 2048])
def test_little_address_space(inbox: Path, tmp_path: Path, mebibytes: int) -> None:
    code, out, err = Run(
        inbox, tmp_path / "home", preexec_fn=limited(resource.RLIMIT_AS, mebibytes << 20)
    ).end()
    assert "Traceback" not in out + err, out + err
    assert code == 0 or (code == 1 and "memory" in err), out + err
    succeeds(inbox, tmp_path / "home")


def test_a_home_of_an_odd_name(inbox: Path, tmp_path: Path) -> None:
    succeeds(inbox, tmp_path / "o'brien #1 100% {x} *")
    fails(inbox, tmp_path / "o'brien?", "question mark", status=2)


def test_a_home_of_0_1_0(inbox: Path, tmp_path: Path) -> None:
    """As 0.1.0 left it, with a draft of 2023 of three enterprises, but for warehouse, history and dbt's page.
    Its release is adopted, and 2024 is compared with it."""
    home = tmp_path / "home"
    with tarfile.open(Path(__file__).parent / "files" / "home-0.1.0.tar.xz") as kept:
        kept.extractall(home, filter="tar")
    said = succeeds(inbox, home)
    assert "2023/r001-draft adopted into log.jsonl" in said
    assert "compared with 2023/r001-draft" in said
    assert faults(find(Home(home), "2023"), Home(home)) == []


def test_a_working_folder_that_is_gone(inbox: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()

    def go() -> None:
        os.chdir(gone)
        gone.rmdir()

    succeeds(inbox, tmp_path / "home", preexec_fn=go)


def test_a_receipt_folder_that_is_a_file(inbox: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "receipts").mkdir(parents=True)
    (home / "receipts" / "tax").write_text("")
    fails(inbox, home, "file stands where a folder must be")
    (home / "receipts" / "tax").unlink()
    succeeds(inbox, home)


def test_a_warehouse_that_somebody_holds_open(inbox: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    succeeds(inbox, home)
    with duckdb.connect(str(home / "warehouse" / "mujun.duckdb")):
        fails(inbox, home, f"process {os.getpid()}")
    succeeds(inbox, home)


GARBAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "garbage": lambda path: path.write_bytes(b"\x00garbage" * 999),
    "gone": lambda path: path.unlink(),
}
DERIVED = [
    "warehouse/mujun.duckdb",
    "landing/intake_version/year=2024/rows.parquet",
    "landing/intake_file/year=2024/rows.parquet",
    "landing/enterprise_roster/year=2024/rows.parquet",
    "landing/policy_weights/year=2024/rows.parquet",
    "dagster/dagster.yaml",
    "dagster/history/runs.db",
    "dagster/history/runs/index.db",
    "dagster/schedules/schedules.db",
    "receipts/commission/2024/enterprise_roster.csv.回执.json",
    "releases/2024/current.txt",
    "dagster/history/runs/*-*.db",  # the events of a run
    "logs/*.jsonl",
]


@pytest.mark.parametrize("harm", GARBAGE)
def test_what_can_be_made_anew(inbox: Path, tmp_path: Path, harm: str) -> None:
    home = tmp_path / "home"
    succeeds(inbox, home)
    for path in [path for name in DERIVED for path in home.glob(name)]:
        GARBAGE[harm](path)
        succeeds(inbox, home)


@pytest.mark.parametrize("child", ["run_models", "judge", "write_workbook"])
def test_a_child_that_was_killed(inbox: Path, tmp_path: Path, child: str) -> None:
    """Each worker once: the run ends with a sentence, nothing is published, the next run is well."""
    home = tmp_path / "home"
    run = Run(inbox, home)
    deadline = time.monotonic() + 60
    wanted = {"run_models": 0, "judge": 1, "write_workbook": 2}[child]
    seen: list[int] = []  # in the order in which they come; each goes after its turn
    while time.monotonic() < deadline and run.process.poll() is None:
        seen += [worker for worker in _workers(run.process.pid) if worker not in seen]
        if len(seen) > wanted:
            os.kill(seen[wanted], signal.SIGKILL)
            break
        time.sleep(0.02)
    code, out, err = run.end()
    assert "Traceback" not in out + err, out + err
    if code:  # else it was killed before its turn, and another was started
        assert code == 1, out + err
        assert "was killed" in err
        assert not (home / "releases" / "2024" / "current").exists()
    succeeds(inbox, home)


def _workers(parent: int) -> list[int]:
    """The worker processes of a run, oldest first."""
    listed = subprocess.run(
        ["ps", "--ppid", str(parent), "-o", "pid=,args="], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if "workers import serve" in line]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
def test_ended_at_any_moment(inbox: Path, tmp_path: Path, seconds: float, number: signal.Signals) -> None:
    """One sentence or none, no orphan; the run after it, at once, publishes and the home is whole."""
    home = tmp_path / "home"
    run = Run(inbox, home)
    time.sleep(seconds)
    run.process.send_signal(number)
    code, out, err = run.end()
    assert "Traceback" not in out + err, out + err
    if number == signal.SIGKILL:
        assert code in (0, -9)
    else:
        assert code in (0, 130 if number == signal.SIGINT else 143), out + err
    succeeds(inbox, home)


BOUNDARIES = ["intake", "method", "models", "judgement", "release"]  # how the line after each step begins


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_killed_at_the_boundary_of_a_step(inbox: Path, tmp_path: Path, boundary: str) -> None:
    home = tmp_path / "home"
    run = Run(inbox, home)
    assert run.reach(boundary)
    run.process.kill()
    run.end()
    succeeds(inbox, home)


def test_killed_at_random_moments(inbox: Path, tmp_path: Path) -> None:
    """One home for all of them: it is whole after each, and does not grow."""
    home, moments = tmp_path / "home", random.Random(1)
    few = {"MUJUN_KEEP_RUNS": "2", "MUJUN_KEEP_LOGS": "4"}
    began = time.monotonic()
    succeeds(inbox, home, env=few)
    whole = time.monotonic() - began
    sizes = []
    for _ in range(int(os.environ.get("MUJUN_MOMENTS", "100"))):
        run = Run(inbox, home, env=few)
        time.sleep(seconds := moments.uniform(0.05, whole))
        run.process.kill()
        run.end()
        said = f"killed after {seconds:.2f} s of {whole:.2f} s"
        try:
            succeeds(inbox, home, env=few)
        except AssertionError as error:
            raise AssertionError(said) from error
        sizes.append(sum(path.lstat().st_blocks for path in home.rglob("*")))
    early, late = sizes[: len(sizes) // 2], sizes[len(sizes) // 2 :]
    assert max(late) <= 1.2 * max(early), sizes


@pytest.mark.parametrize("boundary", ["start", *BOUNDARIES[:-1]])
def test_a_disk_that_becomes_full_at_a_step(inbox: Path, tmp_path: Path, boundary: str) -> None:
    """It is filled to the last byte when the step before is done."""
    disk = tmp_path / "disk"
    with small_disk(disk, 300):
        home = disk / "home"
        run = Run(inbox, home)
        assert boundary == "start" or run.reach(boundary)
        room = os.statvfs(disk)
        with (disk / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, room.f_bavail * room.f_frsize)
        code, out, err = run.end()
        assert "Traceback" not in out + err, out + err
        assert code in (1, 2), out + err
        assert "disk" in err or "room" in err or "No space" in err, err
        assert not children_of(home)
        (disk / "filler").unlink()
        succeeds(inbox, home)


@pytest.mark.parametrize("boundary", BOUNDARIES[:-1])
def test_a_home_that_vanishes(inbox: Path, tmp_path: Path, boundary: str) -> None:
    """As when a share is unmounted: the run does not say that it published."""
    home = tmp_path / "home"
    run = Run(inbox, home)
    assert run.reach(boundary)
    home.rename(tmp_path / "gone")
    code, out, err = run.end()
    assert code != 0, out + err
    assert not children_of(home)
    shutil.rmtree(home, ignore_errors=True)
    (tmp_path / "gone").rename(home)
    succeeds(inbox, home)


@pytest.mark.parametrize(
    "folder", ["archive", "landing", "warehouse", "receipts", "dagster", "logs", "findings"]
)
def test_a_folder_that_is_gone(inbox: Path, tmp_path: Path, folder: str) -> None:
    home = tmp_path / "home"
    succeeds(inbox, home)
    shutil.rmtree(home / folder)
    succeeds(inbox, home)


@pytest.mark.parametrize("harm", ["empty", "cut", "garbage"])
def test_an_archived_file_that_is_damaged(inbox: Path, tmp_path: Path, harm: str) -> None:
    """The inbox has the genuine one."""
    home = tmp_path / "home"
    succeeds(inbox, home)
    damaged = next(path for path in (home / "archive").rglob("*") if path.is_file())
    damaged.chmod(0o600)
    GARBAGE[harm](damaged)
    succeeds(inbox, home)


@pytest.mark.parametrize("harm", ["cut", "garbage"])
def test_a_log_of_releases_that_is_damaged(inbox: Path, tmp_path: Path, harm: str) -> None:
    """Nothing is released after it until it is restored, here from a backup."""
    home, log = tmp_path / "home", tmp_path / "home" / "releases" / "log.jsonl"
    succeeds(inbox, home)
    genuine = log.read_bytes()
    log.write_bytes(genuine[:100] + b"\n" if harm == "cut" else b"garbage\n")
    fails(inbox, home, "Nothing can be released after that", status=2)
    log.write_bytes(genuine)
    succeeds(inbox, home)


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
    assert "Traceback" not in out + err, out + err
    assert code in (0, 2), out + err
    growing.unlink()
    succeeds(restless, tmp_path / "home")


def test_a_clock_that_was_set_back(inbox: Path, tmp_path: Path) -> None:
    """What there is lies in the future."""
    later, home = Path(shutil.copytree(inbox, tmp_path / "inbox")), tmp_path / "home"
    succeeds(later, home)
    future = time.time() + 400 * 24 * 3600
    for path in (*home.rglob("*"), *later.rglob("*")):
        os.utime(path, (future, future), follow_symlinks=False)
    succeeds(later, home)


@pytest.mark.parametrize("variable", ["TMPDIR", "HOME", "XDG_CACHE_HOME"])
def test_a_folder_of_the_account_that_is_not_there(inbox: Path, tmp_path: Path, variable: str) -> None:
    succeeds(inbox, tmp_path / "home", env={variable: "/nonexistent"})


def test_a_release_that_is_damaged_is_named(inbox: Path, tmp_path: Path) -> None:
    """It cannot be made anew; the run goes on where it does not rest on it."""
    home = tmp_path / "home"
    succeeds(inbox, home)
    manifest = home / "releases" / "2024" / "r001-draft" / "manifest.json"
    for path in (manifest.parent, manifest):
        path.chmod(0o700)
    manifest.write_bytes(manifest.read_bytes()[:100])
    code, out, err = Run(inbox, home).end()
    assert "Traceback" not in out + err, out + err
    assert code == 0, out + err
    listed = subprocess.run([COMMAND, "releases"], env={**os.environ, "MUJUN_HOME": str(home)},
                            capture_output=True, text=True, check=False)  # fmt: skip
    assert "cannot be read" in listed.stdout


def test_the_source_tree_is_left_alone(inbox: Path, tmp_path: Path) -> None:
    """A run writes into its home, and nowhere into the installation."""
    succeeds(inbox, tmp_path / "home")
    newest = max(
        path.stat().st_mtime
        for path in PROJECT.rglob("*")
        if path.is_file() and not {".git", ".venv", "__pycache__", ".pytest_cache"} & set(path.parts)
    )
    succeeds(inbox, tmp_path / "home")
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
    again = max(
        path.stat().st_mtime
        for path in PROJECT.rglob("*")
        if path.is_file() and not {".git", ".venv", "__pycache__", ".pytest_cache"} & set(path.parts)
    )
    assert again == newest, sys.executable
