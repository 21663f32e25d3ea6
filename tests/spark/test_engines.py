"""Spark computes what DuckDB does: `make test-spark`, apart from the others, since a year takes minutes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from orchestration import spark
from orchestration.errors import MachineError, UserError
from orchestration.settings import PROJECT, Home
from tests.conftest import mujun


def lacking() -> str:
    """Why there is no Spark here; blank where there is."""
    try:
        spark.check_spark()
    except UserError as error:
        return str(error)
    return ""


pytestmark = [pytest.mark.spark, pytest.mark.skipif(bool(lacking()), reason=lacking())]

ENGINES = ("duckdb", "spark")
# Java would spend a third more on making the code fast of which little is asked here.
JAVA = {
    "MUJUN_MEMORY_MIB": "2048",
    "SPARK_SUBMIT_OPTS": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=512m",
}


@dataclass(frozen=True)
class Homes:
    """The same years by both engines, the last of them in the warehouse."""

    of: dict[str, Path]
    years: Sequence[int]

    def tables(self, engine: str) -> dict[str, pa.Table]:
        """Every model as the warehouse has it, but when a file was received."""
        with duckdb.connect(str(Home(self.of[engine]).warehouse), read_only=True) as warehouse:
            names = warehouse.execute(
                "select table_name from information_schema.tables where table_schema = 'main'"
            ).fetchall()
            tables = {name: warehouse.sql(f"select * from main.{name}").to_arrow_table() for (name,) in names}
        return {
            name: table.drop_columns([column for column in table.column_names if column == "received_at"])
            for name, table in tables.items()
        }


def both(folder: Path, inbox: Path, years: Sequence[int], stage: str) -> Homes:
    homes = {engine: folder / engine for engine in ENGINES}
    for engine, home in homes.items():
        for year in years:
            ended = mujun(
                "run", "--year", str(year), "--stage", stage, "--as-of", "2025-06-24", "--inbox", inbox,
                home=home, MUJUN_ENGINE=engine, **JAVA,
            )  # fmt: skip
            assert ended.status == 0, ended.err
    return Homes(homes, years)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """The sample, in a home with a space and Chinese in its name."""
    folder = tmp_path_factory.mktemp("亩均 a")
    return both(folder, PROJECT / "data" / "samples" / "inbox", (2023, 2024), "final")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """A year of 2,000 enterprises."""
    folder = tmp_path_factory.mktemp("generated")
    generate: list[str | Path] = [
        sys.executable,
        PROJECT / "data/samples/generate.py",
        "--out",
        folder / "inbox",
        "--plain",
    ]
    subprocess.run([*generate, "--enterprises", "2000", "--years", "2024"], check=True)
    return both(folder, folder / "inbox", (2024,), "draft")


@pytest.mark.parametrize("years", ["sample", "generated"])
def test_every_table_is_the_same_row_by_row(years: str, request: pytest.FixtureRequest) -> None:
    homes: Homes = request.getfixturevalue(years)
    ours, theirs = (homes.tables(engine) for engine in ENGINES)
    assert ours.keys() == theirs.keys()
    assert sum(len(table) > 0 for table in ours.values()) > 100
    types = {name: {field.name: field.type for field in table.schema} for name, table in ours.items()}
    assert types == {
        name: {field.name: field.type for field in table.schema} for name, table in theirs.items()
    }
    different = []
    for name, table in ours.items():
        one, other = table, theirs[name].select(table.column_names)
        ((count,),) = duckdb.sql(
            "select count(*) from "
            "((from one except all from other) union all (from other except all from one))"
        ).fetchall()
        if count or len(one) != len(other):
            different.append(f"{name}: {count} rows")
    assert different == []


def test_a_release_says_what_it_was_computed_on(sample: Homes) -> None:
    said = {
        engine: json.loads((home / "releases/2024/current/manifest.json").read_text())["engine"]
        for engine, home in sample.of.items()
    }
    assert {engine: text.split()[0] for engine, text in said.items()} == {
        "duckdb": "DuckDB",
        "spark": "Spark",
    }


def test_a_home_goes_on_with_the_other_engine(sample: Homes) -> None:
    """What the one built is replaced by the other, whatever it was: views are tables of Spark."""
    before = sample.tables("duckdb")
    home = sample.of["spark"]
    ended = mujun(
        "run", "--year", "2024", "--stage", "final", "--as-of", "2025-06-24",
        "--inbox", PROJECT / "data" / "samples" / "inbox", home=home, MUJUN_ENGINE="duckdb",
    )  # fmt: skip
    assert ended.status == 0, ended.err
    with duckdb.connect(str(Home(home).warehouse), read_only=True) as warehouse:
        views = warehouse.sql(
            "select view_name from duckdb_views() where schema_name = 'main' and not internal"
        )
        assert ("stg_run__feeds",) in views.fetchall()
        years = warehouse.sql("select distinct year from enterprise_result order by year").fetchall()
    assert years == [(2023,), (2024,)]
    assert {name: len(table) for name, table in sample.tables("spark").items()} == {
        name: len(table) for name, table in before.items()
    }


def test_a_landing_that_spark_does_not_see_is_told(sample: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty table would let every model succeed."""
    put = spark._Folder.put

    def lose(self: spark._Folder, file: Path, *parts: str) -> None:
        if parts[-1] == "enterprise_roster":
            self.files.makedirs("/".join((self.path, *parts)))
        else:
            put(self, file, *parts)

    monkeypatch.setattr(spark._Folder, "put", lose)
    with (
        pytest.raises(MachineError, match=r"enterprise_roster \(0, not \d+\)"),
        spark.opened(Home(sample.of["spark"]), 2024),
    ):
        pass
