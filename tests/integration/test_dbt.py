"""dbt from the command line on a home's landing: the release's figures, and nothing of mujun's touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from orchestration import transform
from orchestration.landing import landed_file
from orchestration.release.schema import published_tables
from orchestration.settings import DBT_PROJECT, Home
from tests.conftest import COMMAND, Outcome
from tests.drops import Drop

JUDGED = {"finding", "verdict", "waiver"}  # which the judge records, no model
TABLES = [table for table in published_tables() if table.name not in JUDGED]


@pytest.fixture(scope="module")
def run(evaluate: Callable[..., Outcome], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A small year, released."""
    drop = Drop(2024)
    for number in range(1, 5):
        drop.enterprise(number, "500102", tax=10.5 * number, land_mu=2.5 * number)
    drop.survey_all()
    outcome = evaluate(drop.write(tmp_path_factory.mktemp("drop") / "inbox"))
    assert outcome.status == 0, outcome.err
    return outcome


@dataclass(frozen=True)
class Dbt:
    """The command of whoever calls dbt in `dbt_project`, which writes into `target`."""

    home: Path
    target: Path

    @property
    def warehouse(self) -> Path:
        return self.target / "mujun_2024.duckdb"

    def __call__(self, *arguments: str, status: int = 0, **environment: str) -> str:
        ended = subprocess.run(
            [COMMAND.with_name("dbt"), *arguments],
            cwd=DBT_PROJECT, capture_output=True, text=True, check=False,
            env={
                **os.environ, "MUJUN_HOME": str(self.home), "MUJUN_YEAR": "2024",
                "DBT_TARGET_PATH": str(self.target), "DBT_LOG_PATH": str(self.target), **environment,
            },
        )  # fmt: skip
        assert ended.returncode == status, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    def different(self) -> list[str]:
        """The published tables that are not those of the newest release."""
        parquet = self.home / "releases" / "2024" / "current" / "parquet"
        found = []
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            for table in TABLES:
                released = connection.read_parquet(str(parquet / f"{table.name}.parquet"))
                built = connection.table(table.name).select(*released.columns)
                if sorted(map(repr, released.fetchall())) != sorted(map(repr, built.fetchall())):
                    found.append(table.name)
        return found


@pytest.fixture(scope="module")
def dbt(run: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """The command, after `dbt build`."""
    command = Dbt(run.home, tmp_path_factory.mktemp("target"))
    assert "ERROR=0" in command("build")
    return command


def test_a_build_gives_the_figures_of_the_release(dbt: Dbt) -> None:
    assert len(TABLES) > 20
    assert dbt.different() == []


def test_every_table_and_column_has_its_comment(dbt: Dbt) -> None:
    with duckdb.connect(str(dbt.warehouse), read_only=True) as connection:
        without = connection.sql(
            """select table_name from duckdb_tables() where comment is null
               union all
               select view_name from duckdb_views()
               where comment is null and not internal and schema_name = 'main'"""
        ).fetchall()
        described = connection.sql(
            "select table_name from duckdb_columns() where column_name = 'uscc' and comment is not null"
        ).fetchall()
    assert without == []
    assert ("enterprise_result",) in described


def test_the_other_commands_do_as_dbt_says(dbt: Dbt) -> None:
    """A full refresh drops the other years; a selection builds what comes after it; the page has all."""
    with duckdb.connect(str(dbt.warehouse)) as connection:
        connection.execute("insert into standard by name select 1999 as year, * exclude year from standard")
    dbt("build", "-s", "int_standards+")
    assert dbt.different() == ["standard"]
    dbt("run", "--full-refresh")
    assert dbt.different() == []
    dbt("docs", "generate")
    documented = json.loads((dbt.target / "catalog.json").read_text(encoding="utf-8"))["nodes"]
    models = {path.stem for path in (DBT_PROJECT / "models").rglob("*.sql")}
    assert {node.rpartition(".")[2] for node in documented} == models


def test_neither_breaks_the_other(dbt: Dbt, run: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever whoever calls dbt has set: mujun's warehouse and what it parsed are its own."""
    assert DBT_PROJECT not in transform.parsed_manifest().parents
    warehouse = Home(run.home).warehouse
    before = warehouse.read_bytes()
    dbt("run", "-s", "int_standards")
    assert warehouse.read_bytes() == before
    monkeypatch.setenv("DBT_FULL_REFRESH", "true")
    monkeypatch.setenv("DBT_TARGET", "own")
    monkeypatch.setenv("DBT_TARGET_PATH", str(dbt.target))
    monkeypatch.setenv("MUJUN_YEAR", "1999")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("insert into standard by name select 1999 as year, * exclude year from standard")
    monkeypatch.setenv("MUJUN_HOME", str(run.home))
    assert transform.DBT.ask(transform.Build(2024, Home(run.home)))
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.sql("select distinct year from standard order by all").fetchall() == [
            (1999,),
            (2024,),
        ]
    assert dbt.different() == []


def without_rows(table: str, column: str, value: str) -> Callable[[Path], None]:
    def harm(landing: Path) -> None:
        path = landed_file(landing, table, 2024)
        rows = pq.ParquetFile(path).read()
        pq.write_table(rows.filter(pc.not_equal(rows[column], pa.scalar(value))), path)

    return harm


MISSING: dict[str, tuple[Callable[[Path], None], str]] = {
    "table": (lambda landing: shutil.rmtree(landing / "honours"), "lacks honours. Set MUJUN_HOME"),
    "landing": (shutil.rmtree, "is not there. Set MUJUN_HOME"),
    "parameter": (
        without_rows("policy_parameters", "parameter", "bonus_cap"),
        "has no bonus_cap. Run the year",
    ),
    "edition": (without_rows("policy_editions", "edition", "2023-72"), "has no edition in force"),
    "unit": (without_rows("policy_units", "unit", "m2"), "has no factor for “m2”"),
    "factor": (
        without_rows("feed_column", "column_name", "industrial_land_ha"),
        "has no factor for “territory_land.industrial_land_ha”",
    ),
}


@pytest.mark.parametrize("missing", MISSING)
def test_nothing_is_computed_on_what_is_missing(missing: str, run: Outcome, tmp_path: Path) -> None:
    harm, said = MISSING[missing]
    home = Home(tmp_path / "home")
    shutil.copytree(Home(run.home).landing, home.landing)
    home.create()
    harm(home.landing)
    with pytest.raises(transform.TransformError, match=said.replace("(", r"\(")):
        transform.run_models(transform.Build(2024, home))


def test_a_year_must_be_named(dbt: Dbt) -> None:
    assert "Which year? Set MUJUN_YEAR" in dbt("run", "-s", "int_standards", status=2, MUJUN_YEAR="")
