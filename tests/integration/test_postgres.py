"""Dagster's runs in a PostgreSQL server, tried on a real one that these tests make for themselves."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.dagster_files import settings_file
from orchestration.errors import MachineError
from orchestration.launch import opened_instance, prepare
from orchestration.settings import Home
from tests.conftest import mujun
from tests.drops import Drop

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
pytestmark = pytest.mark.skipif(
    not SERVERS, reason="PostgreSQL is not installed (apt-get install postgresql)"
)


def as_an_account(*command: str | Path) -> None:
    """Run a program of the server, which refuses to be run by root."""
    becoming = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    subprocess.run([*becoming, *map(str, command)], check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of an empty database, by a socket in a folder; no port is opened."""
    folder = Path(tempfile.mkdtemp(prefix="mujun-pg-"))  # a socket's path is short
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    programs, data = SERVERS[-1].parent, folder / "data"
    as_an_account(programs / "initdb", "-D", data, "-U", "mujun", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    as_an_account(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
    try:
        yield f"postgresql://mujun@/postgres?host={folder}"
    finally:
        as_an_account(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def test_a_run_is_kept_in_the_server_and_nothing_of_it_in_files(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = Drop(2024)
    drop.enterprise(1, "500102", tax=10.0)
    drop.survey_all()
    home = Home(tmp_path / "home")
    inbox = drop.write(tmp_path / "inbox")
    ended = mujun("intake", "--year", "2024", "--inbox", inbox, home=home.path, MUJUN_DATABASE=address)
    assert ended.status == 0, ended.out + ended.err
    assert not list(home.dagster.rglob("*.db"))
    assert "mujun@" not in settings_file(home).read_text(encoding="utf-8")
    monkeypatch.setenv("MUJUN_DATABASE", address)
    monkeypatch.setenv("MUJUN_HOME", str(home.path))
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare(home)
    with opened_instance(home) as instance:
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.SUCCESS
        assert len(instance.all_logs(run.run_id)) > 50
    # Taken away, the setting leaves a home that keeps its runs in files again.
    monkeypatch.delenv("MUJUN_DATABASE")
    with opened_instance(home) as instance:
        assert instance.get_runs() == []
    assert list(home.dagster.rglob("runs.db"))


def test_a_server_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("MUJUN_HOME", "")
    monkeypatch.setenv("MUJUN_DATABASE", f"postgresql://mujun:secret@/mujun?host={tmp_path}")
    home = Home(tmp_path / "home")
    prepare(home)
    with pytest.raises(MachineError) as told, opened_instance(home):
        pass
    assert "does not answer" in str(told.value)
    assert "secret" not in str(told.value)
