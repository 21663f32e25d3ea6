"""What the fault matrix (`docs/faults.md`) is made of: a run as a person starts it, and what must hold after.

Each case runs the real command with a fault, and then once more without: whatever happened, `current` is a
whole release that verifies, nothing delivered is lost, the next run needs no hand, no child lives on, nothing
half written stays. The run with the fault is a process of its own; the one after it a fork of
`tests/ready.py`, unless the case is about how it is started.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from orchestration.release.register import find
from orchestration.release.verify import faults
from orchestration.settings import Home
from tests.conftest import COMMAND, mujun

ACCOUNT = 990  # as the container's; the units' has no number here
for_root = pytest.mark.skipif(
    os.getuid() != 0 or not shutil.which("setpriv"), reason="only root can become another account"
)


def _with_a_way_to_the_interpreter() -> tuple[str, ...]:
    """What stands before a command of another account where the interpreter lies in a folder of root's alone,
    as pyenv's does below /root: in a view of its own the account finds it there, and nothing else of that
    folder."""
    shut = [folder for folder in Path(sys.base_prefix).parents if not folder.stat().st_mode & 0o001]
    if not shut:
        return ()
    script = """
        aside=$(mktemp -d) && mount --bind "$2" "$aside" && mount -t tmpfs -o mode=755 tmpfs "$1" &&
        mkdir -p "$2" && mount --move "$aside" "$2" && rmdir "$aside" && shift 2 && exec "$@"
    """
    view = ("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh")
    return (*view, str(shut[-1]), sys.base_prefix)


AS_ACCOUNT = (
    *_with_a_way_to_the_interpreter(),
    *("setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", "--no-new-privs"),
    # Nothing of root's is left, but with setpriv itself: what it starts is found by root, so that is `env`.
    *("--bounding-set=-all", "--inh-caps=-all", "env"),
)
BOUNDARIES = ("intake", "method", "models", "judgement", "release")  # how the line after each step begins


class Run:
    """A run of the command in a process of its own; `before`: what stands before the command."""

    def __init__(self, inbox: Path, home: Path, before: Sequence[str] = (), **options: Any) -> None:
        environment = {**os.environ, "MUJUN_HOME": str(home), **options.pop("env", {})}
        command = [*before, COMMAND, *_run_of(inbox)]
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment}
        self.process = subprocess.Popen(command, **piped, **options)  # type: ignore[call-overload]

    def reach(self, boundary: str) -> bool:
        """Wait until the run says that a step is done; whether it came so far."""
        assert self.process.stdout is not None
        return any(line.startswith(boundary.encode()) for line in iter(self.process.stdout.readline, b""))

    def end(self) -> tuple[int, str, str]:
        """Status, output and errors, none of which is a traceback."""
        out, err = (said.decode(errors="replace") for said in self.process.communicate(timeout=300))
        assert "Traceback" not in out + err, out + err
        return self.process.returncode, out, err


def _run_of(inbox: Path) -> list[str | Path]:
    return ["run", "--year", "2024", "--stage", "draft", "--inbox", inbox]


def fails(inbox: Path, home: Path, said: str, status: int = 1, **options: Any) -> None:
    """The run ends with a sentence."""
    code, out, err = Run(inbox, home, **options).end()
    assert code == status, out + err
    assert said in err, err


def succeeds(inbox: Path, home: Path, **options: Any) -> str:
    """The run, in a process of its own, ends well, and the home is whole. Returns what it said."""
    code, out, err = Run(inbox, home, **options).end()
    assert code == 0, out + err
    is_whole(inbox, home)
    return out + err


def recovers(inbox: Path, home: Path, **environment: str) -> str:
    """The run after the fault ends well, and the home is whole. Returns what it said."""
    ended = mujun(*_run_of(inbox), home=home, **environment)
    assert "Traceback" not in ended.out + ended.err, ended.out + ended.err
    assert ended.status == 0, ended.out + ended.err
    is_whole(inbox, home)
    return ended.out + ended.err


def is_whole(inbox: Path, home: Path) -> None:
    """What counts verifies, what was delivered is kept, nobody lives on, nothing is half."""
    where = Home(home.resolve())
    assert faults(find(where, "2024"), where) == []
    assert contents(inbox) <= contents(where.archive)
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


def are_gone(home: Path, seconds: float = 10) -> bool:
    """Whether no process works for a home any more, those that are ending left their moment."""
    deadline = time.monotonic() + seconds
    while children_of(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def open_to_all(folder: Path) -> None:
    """Let other accounts go into a folder of pytest's, and read there."""
    for path in (folder, *folder.parents):
        if path.owner() == "root" and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A file system of so many megabytes at `folder`."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def remount(folder: Path, options: str) -> None:
    """Change the options of such a file system."""
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)
