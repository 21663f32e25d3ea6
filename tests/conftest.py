"""What the tests share: running the real pipeline, and reading what it released."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from orchestration.transform import parsed_manifest
from tests.ready import Ready

COMMAND = Path(sys.executable).with_name("mujun")

# Files that have no part in the expensive runs of their folder.
ALONE = tuple(f"tests/integration/test_{name}.py" for name in ("dbt", "diff", "service"))
# Folders whose tests share such runs, the longest first; then the files that take longest. What is short
# comes last, so that no worker is left with a long one.
ONE_WORKER = ("tests/integration", "tests/golden", "tests/faults")
LONG = (
    "tests/machine/test_moments.py",
    *ALONE,
    *(f"tests/intake/test_{name}.py" for name in ("boundary", "resubmission", "receipts", "templates")),
    *(f"tests/unit/test_{name}.py" for name in ("disclosure", "scores", "materializations")),
)


def pytest_configure(config: pytest.Config) -> None:
    """Let dbt parse the models once, before workers and commands all find them changed at the same time."""
    if not hasattr(config, "workerinput"):
        parsed_manifest()


class ByFolder(LoadScopeScheduling):
    """Gives the tests of a file to one worker, and those of a folder that share expensive runs."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scope(nodeid: str) -> str:
    """The folder or file whose tests one worker runs."""
    file = nodeid.partition("::")[0]
    if file in ALONE:
        return file
    return next((folder for folder in ONE_WORKER if file.startswith(folder)), file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first."""
    order = {name: place for place, name in enumerate((*ONE_WORKER, *LONG))}
    items.sort(key=lambda item: order.get(scope(item.nodeid), len(order)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFolder:
    """The scheduler of this suite; marks for groups are not heeded by this pair of pytest and xdist."""
    return ByFolder(config, log)


@dataclass(frozen=True)
class Outcome:
    """How a run of the command ended."""

    status: int
    out: str
    err: str
    home: Path

    def rows(self, sql: str, year: int = 2024) -> list[tuple[Any, ...]]:
        """The rows that `sql` gives on the newest release of `year`."""
        database = self.home / "releases" / str(year) / "current" / "release.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def row(self, sql: str, year: int = 2024) -> tuple[Any, ...]:
        """The one row that `sql` gives."""
        (row,) = self.rows(sql, year)
        return row

    def findings(self, rule_id: str, year: int = 2024) -> set[str]:
        """The keys of a rule's findings."""
        return {
            key for (key,) in self.rows(f"select finding_key from finding where rule_id = '{rule_id}'", year)
        }


@cache
def _ready() -> Ready:
    ready = Ready()
    atexit.register(ready.stop)
    return ready


def mujun(*arguments: str | Path, home: Path, **environment: str) -> Outcome:
    """Run the real command in a home of its own, in a process that has loaded what it needs."""
    ended = _ready().call(
        [str(part) for part in arguments], {**os.environ, "MUJUN_HOME": str(home), **environment}
    )
    return Outcome(ended.returncode, ended.stdout, ended.stderr, home)


@pytest.fixture(scope="session")
def evaluate(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Outcome]:
    """Evaluate an inbox by the real command; `evaluate(inbox, year=…, stage=…, home=…, MUJUN_…=…)`."""

    def run(
        inbox: Path,
        *,
        year: int = 2024,
        stage: str = "draft",
        home: Path | None = None,
        as_of: str = "2025-06-01",
        **env: str,
    ) -> Outcome:
        where = home or tmp_path_factory.mktemp("home")
        return mujun(
            "run",
            "--year",
            str(year),
            "--stage",
            stage,
            "--as-of",
            as_of,
            "--inbox",
            inbox,
            home=where,
            **env,
        )

    return run
