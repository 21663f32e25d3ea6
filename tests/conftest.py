"""What the tests share: running the real pipeline, and reading what it released."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from orchestration.transform import parsed_manifest

COMMAND = Path(sys.executable).with_name("mujun")
ONE_WORKER = ("tests/golden", "tests/integration")


def pytest_configure(config: pytest.Config) -> None:
    """Let dbt parse the models once, before workers and commands all find them changed at the same time."""
    if not hasattr(config, "workerinput"):
        parsed_manifest()


class ByFolder(LoadScopeScheduling):
    """Gives the tests of a file to one worker, and those of a folder that share expensive runs."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in ONE_WORKER if file.startswith(folder)), file)


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


def mujun(*arguments: str | Path, home: Path, **environment: str) -> Outcome:
    """Run the real command in a home of its own."""
    ended = subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MUJUN_HOME": str(home), **environment},
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
