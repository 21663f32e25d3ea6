"""The room that the machine gives a run: disk, rights, accounts, limits, its environment."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.settings import PROJECT
from tests.machine.matrix import (
    ACCOUNT,
    AS_ACCOUNT,
    BOUNDARIES,
    Run,
    are_gone,
    fails,
    for_root,
    open_to_all,
    recovers,
    remount,
    small_disk,
    succeeds,
)

pytestmark = pytest.mark.matrix


@pytest.mark.parametrize("megabytes", [1, 2, 3, 4, 6, 8, 10, 12, 16])
def test_a_full_disk(inbox: Path, tmp_path: Path, megabytes: int) -> None:
    """Wherever the disk becomes full: a sentence, and with room the same home goes on."""
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes):
        code, out, err = Run(inbox, disk / "home").end()
        if code != 0:
            assert code == 1, out + err
            assert "disk" in err or "room" in err, err
        remount(disk, "size=200m")
        recovers(inbox, disk / "home")


@pytest.mark.parametrize("boundary", ["start", *BOUNDARIES[:-1]])
def test_a_disk_that_becomes_full_at_a_step(inbox: Path, tmp_path: Path, boundary: str) -> None:
    """It is filled to the last byte when the step before is done."""
    disk = tmp_path / "disk"
    with small_disk(disk, 300):
        home = disk / "home"
        run = Run(inbox, home)
        assert boundary == "start" or run.reach(boundary)
        with (disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))
        code, out, err = run.end()
        assert code in (1, 2), out + err
        assert "disk" in err or "room" in err or "No space" in err, err
        assert are_gone(home)
        (disk / "filler").unlink()
        recovers(inbox, home)


def test_a_read_only_home(inbox: Path, tmp_path: Path, copy: Callable[[Path], Path]) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, 200):
        home = copy(disk / "home")
        remount(disk, "ro")
        code, _, err = Run(inbox, home).end()
        assert code in (1, 2)
        assert "read-only" in err.lower(), err
        remount(disk, "rw")
        recovers(inbox, home)


@pytest.mark.parametrize("boundary", BOUNDARIES[:-1])
def test_a_home_that_vanishes(inbox: Path, tmp_path: Path, boundary: str) -> None:
    """As when a share is unmounted: the run does not say that it published."""
    home = tmp_path / "home"
    run = Run(inbox, home)
    assert run.reach(boundary)
    home.rename(tmp_path / "gone")
    code, out, err = run.end()
    assert code != 0, out + err
    assert are_gone(home)
    shutil.rmtree(home, ignore_errors=True)
    (tmp_path / "gone").rename(home)
    recovers(inbox, home)


@for_root
def test_a_home_of_another_account(inbox: Path, home: Path) -> None:
    open_to_all(home.parent)
    code, out, err = Run(inbox, home, before=AS_ACCOUNT, env={"HOME": "/nonexistent"}).end()
    assert code in (1, 2), out + err
    assert "Permission denied" in err, err
    assert str(home) in err, err


@for_root
def test_an_installation_that_its_user_cannot_write_to(inbox: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, ACCOUNT, ACCOUNT)
    open_to_all(tmp_path)
    succeeds(inbox, home, before=AS_ACCOUNT, env={"HOME": "/nonexistent"})


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


@pytest.mark.parametrize("variable", ["TMPDIR", "HOME", "XDG_CACHE_HOME"])
def test_a_folder_of_the_account_that_is_not_there(inbox: Path, tmp_path: Path, variable: str) -> None:
    succeeds(inbox, tmp_path / "home", env={variable: "/nonexistent"})


def limited(kind: int, amount: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (amount, amount))


@pytest.mark.parametrize("descriptors", [12, 24, 40])
def test_few_descriptors(inbox: Path, tmp_path: Path, descriptors: int) -> None:
    few = limited(resource.RLIMIT_NOFILE, descriptors)
    code, out, err = Run(inbox, tmp_path / "home", preexec_fn=few).end()
    assert code == 0 or (code == 1 and "open" in err), out + err
    recovers(inbox, tmp_path / "home")


@pytest.mark.parametrize("mebibytes", [400, 1024, 2048])
def test_little_address_space(inbox: Path, tmp_path: Path, mebibytes: int) -> None:
    little = limited(resource.RLIMIT_AS, mebibytes << 20)
    code, out, err = Run(inbox, tmp_path / "home", preexec_fn=little).end()
    assert code == 0 or (code == 1 and "memory" in err), out + err
    recovers(inbox, tmp_path / "home")


def test_a_home_of_an_odd_name(inbox: Path, tmp_path: Path) -> None:
    succeeds(inbox, tmp_path / "o'brien #1 100% {x} *")
    fails(inbox, tmp_path / "o'brien?", "question mark", status=2)


def test_a_working_folder_that_is_gone(inbox: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()

    def go() -> None:
        os.chdir(gone)
        gone.rmdir()

    succeeds(inbox, tmp_path / "home", preexec_fn=go)


def test_the_source_tree_is_left_alone(inbox: Path, tmp_path: Path) -> None:
    """A run writes into its home, and nowhere into the installation."""
    before = _written_to_the_project()
    succeeds(inbox, tmp_path / "home")
    assert _written_to_the_project() == before


def _written_to_the_project() -> dict[Path, int]:
    """When each file of the project was written last."""
    aside = {".git", ".venv", "__pycache__", ".pytest_cache"}
    return {
        path: path.stat().st_mtime_ns
        for path in PROJECT.rglob("*")
        if path.is_file() and not aside & set(path.parts)
    }
