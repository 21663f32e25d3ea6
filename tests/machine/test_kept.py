"""What a home keeps is damaged or gone: what can be made anew is, what cannot be is named."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import pytest

from orchestration.release.register import find
from orchestration.release.verify import faults
from orchestration.settings import Home
from tests.conftest import mujun
from tests.machine.matrix import Run, fails, recovers

pytestmark = pytest.mark.matrix
HARM: Mapping[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "garbage": lambda path: path.write_bytes(b"\x00garbage" * 999),
    "gone": lambda path: path.unlink(),
}
# What can be made anew. The files of a line have nothing to do with each other, and are damaged together.
DERIVED = {
    "the warehouse": (
        "warehouse/mujun.duckdb",
        "dagster/dagster.yaml",
        "receipts/commission/2024/enterprise_roster.csv.回执.json",
    ),
    "the ledger": (
        "landing/intake_version/year=2024/rows.parquet",
        "dagster/history/runs.db",
        "releases/2024/current.txt",
    ),
    "what was read": (
        "landing/intake_file/year=2024/rows.parquet",
        "dagster/history/runs/index.db",
        "logs/*.jsonl",
    ),
    "what was landed": (
        "landing/enterprise_roster/year=2024/rows.parquet",
        "landing/policy_weights/year=2024/rows.parquet",
        "dagster/schedules/schedules.db",
        "dagster/history/runs/*-*.db",  # the events of a run
        "releases/history.duckdb",
        "findings/2024/*",
    ),
}


@pytest.mark.parametrize("what", DERIVED)
@pytest.mark.parametrize("harm", HARM)
def test_what_can_be_made_anew(inbox: Path, home: Path, what: str, harm: str) -> None:
    for name in DERIVED[what]:
        found = list(home.glob(name))
        assert found, name
        for path in found:
            path.chmod(0o600)
            HARM[harm](path)
    recovers(inbox, home)


@pytest.mark.parametrize(
    "folder", ["archive", "landing", "warehouse", "receipts", "dagster", "logs", "findings"]
)
def test_a_folder_that_is_gone(inbox: Path, home: Path, folder: str) -> None:
    shutil.rmtree(home / folder)
    recovers(inbox, home)


@pytest.mark.parametrize("harm", ["empty", "cut", "garbage"])
def test_an_archived_file_that_is_damaged(inbox: Path, home: Path, harm: str) -> None:
    """The inbox has the genuine one."""
    damaged = next(path for path in (home / "archive").rglob("*") if path.is_file())
    damaged.chmod(0o600)
    HARM[harm](damaged)
    recovers(inbox, home)


@pytest.mark.parametrize("harm", ["cut", "garbage"])
def test_a_log_of_releases_that_is_damaged(inbox: Path, home: Path, harm: str) -> None:
    """Nothing is released after it until it is restored, here from a backup."""
    log = home / "releases" / "log.jsonl"
    genuine = log.read_bytes()
    log.write_bytes(genuine[:100] + b"\n" if harm == "cut" else b"garbage\n")
    fails(inbox, home, "Nothing can be released after that", status=2)
    log.write_bytes(genuine)
    recovers(inbox, home)


def test_a_release_that_is_damaged_is_named(inbox: Path, home: Path) -> None:
    """It cannot be made anew; the run goes on where it does not rest on it."""
    manifest = home / "releases" / "2024" / "r001-draft" / "manifest.json"
    for path in (manifest.parent, manifest):
        path.chmod(0o700)
    manifest.write_bytes(manifest.read_bytes()[:100])
    code, out, err = Run(inbox, home).end()
    assert code == 0, out + err
    assert "cannot be read" in mujun("releases", home=home).out


def test_a_receipt_folder_that_is_a_file(inbox: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "receipts").mkdir(parents=True)
    (home / "receipts" / "tax").write_text("")
    fails(inbox, home, "file stands where a folder must be")
    (home / "receipts" / "tax").unlink()
    recovers(inbox, home)


def test_a_warehouse_that_somebody_holds_open(inbox: Path, home: Path) -> None:
    with duckdb.connect(str(home / "warehouse" / "mujun.duckdb")):
        fails(inbox, home, f"process {os.getpid()}")
    recovers(inbox, home)


def test_a_home_of_0_1_0(inbox: Path, tmp_path: Path) -> None:
    """As 0.1.0 left it, with a draft of 2023 of three enterprises, but for warehouse, history and dbt's page.
    Its release is adopted, and 2024 is compared with it."""
    home = tmp_path / "home"
    with tarfile.open(Path(__file__).parent / "files" / "home-0.1.0.tar.xz") as kept:
        kept.extractall(home, filter="tar")
    said = recovers(inbox, home)
    assert "2023/r001-draft adopted into log.jsonl" in said
    assert "compared with 2023/r001-draft" in said
    assert faults(find(Home(home), "2023"), Home(home)) == []
