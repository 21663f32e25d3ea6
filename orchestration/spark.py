"""Spark in the place of DuckDB: the same models compute the same tables (docs/decisions/0012, docs/scale.md).

Belongs here: the session and its settings, what it reads of the landing, and its tables brought back into the
warehouse. Does not: calling dbt (`transform`), what is otherwise in its SQL (`dbt_project/macros/spark.sql`).
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import fsspec
import pyarrow.parquet as pq
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from orchestration.errors import MachineError, UserError
from orchestration.landing import landed_file
from orchestration.settings import Home, memory_cap, thread_cap

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_JAVA = 17  # the oldest that this Spark runs on
_PATTERN = re.compile(r"[][{}*?\\]")
_NO_STORAGE = (
    "MUJUN_SPARK_STORAGE must be an address under which every machine of the cluster, and this one, finds "
    "the same folder (docs/scale.md)."
)


def check_spark() -> str:
    """The Java that Spark will run on. UserError where it, or the extra, is not installed."""
    if find_spec("pyspark") is None or find_spec("dbt.adapters.spark") is None:
        raise UserError(
            "MUJUN_ENGINE=spark needs pyspark and dbt-spark, which are not installed. Install them: "
            "`make install LOCK=requirements-spark.lock` (docs/scale.md)."
        )
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    said = f"JAVA_HOME ({home}) has none" if home else "there is none on the path"
    if java is not None:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
        found = re.search(r'version "(\d+)', told)
        if found and int(found[1]) >= _JAVA:
            return f"Java {found[1]} ({java})"
        said = f"{java} says “{told.splitlines()[0] if told else ''}”"
    raise UserError(
        f"MUJUN_ENGINE=spark needs Java {_JAVA} or newer: {said}. Install it, e.g. by "
        f"`apt-get install openjdk-{_JAVA}-jre-headless`, or name its folder by JAVA_HOME."
    )


@dataclass(frozen=True)
class _Folder:
    """Where Spark reads and writes: one address to this machine and to every one that Spark works on."""

    files: AbstractFileSystem
    path: str

    @classmethod
    def made(cls, within: Path) -> _Folder:
        """A new folder in the storage that `MUJUN_SPARK_STORAGE` names, else `within`. UserError where it
        cannot be made, or Spark would take its name for a pattern."""
        storage = os.environ.get("MUJUN_SPARK_STORAGE") or str(within)
        if _PATTERN.search(storage):
            raise UserError(
                f"Spark takes [ ] {{ }} * ? and \\ in the name of a folder for a pattern: {storage}. "
                "Name one without them by MUJUN_SPARK_STORAGE."
            )
        try:
            files, root = fsspec.core.url_to_fs(storage)
            folder = cls(files, f"{root.rstrip('/')}/mujun-{uuid.uuid4().hex}")
            files.makedirs(folder.path)
        except (OSError, ValueError, ImportError) as error:
            raise UserError(f"MUJUN_SPARK_STORAGE ({storage}) cannot be written: {error}") from error
        return folder

    def remove(self) -> None:
        self.files.rm(self.path, recursive=True)

    def address(self, *parts: str) -> str:
        """What Spark calls a folder in it."""
        return str(self.files.unstrip_protocol("/".join((self.path, *parts))))

    def put(self, file: Path, *parts: str) -> None:
        self.files.makedirs("/".join((self.path, *parts)))
        self.files.put_file(str(file), "/".join((self.path, *parts, file.name)))

    def let_read(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB read it, by the addresses that `parquet` gives."""
        if not isinstance(self.files, LocalFileSystem):
            connection.register_filesystem(self.files)

    def parquet(self, *parts: str) -> list[str]:
        """The files that Spark wrote into a folder, as DuckDB is told of them."""
        there = self.files.find("/".join((self.path, *parts)))
        found = [path for path in there if path.endswith(".parquet")]
        if isinstance(self.files, LocalFileSystem):
            return found
        return [self.files.unstrip_protocol(path) for path in found]


@contextmanager
def opened(home: Home, year: int) -> Iterator[Spark]:
    """A session that has what is landed of the year, and that dbt takes for its own; afterwards it is gone,
    with all that it wrote. The landing has its views in the warehouse."""
    from pyspark.sql import SparkSession

    working = home.warehouse.parent / "spark"
    shutil.rmtree(working, ignore_errors=True)  # of a run that was killed
    working.mkdir(parents=True)
    folder = _Folder.made(working)
    try:
        builder = SparkSession.builder
        for name, value in _settings(folder, working).items():
            builder = builder.config(name, value)
        with _said_into(working.with_name("spark.log")):
            session = builder.getOrCreate()
        try:
            spark = Spark(home, year, session, folder)
            spark.read_landing()
            yield spark
        finally:
            session.stop()
    finally:
        folder.remove()
        shutil.rmtree(working, ignore_errors=True)


def _settings(folder: _Folder, working: Path) -> dict[str, str]:
    """What a session must be told; everything else is said by Spark's own `spark-defaults.conf`."""
    threads = str(thread_cap() or os.cpu_count() or 1)
    settings = {
        "spark.app.name": "mujun",
        "spark.master": os.environ.get("MUJUN_SPARK_MASTER") or f"local[{threads}]",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.sql.catalogImplementation": "in-memory",  # a metastore would outlive the session
        "spark.sql.warehouse.dir": folder.address("tables"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.analyzer.maxIterations": "1000",  # queries in int_lifts lie deep within each other
    }
    if settings["spark.master"].startswith("local"):
        settings |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.local.dir": str(working),
            "spark.sql.shuffle.partitions": threads,  # of a year's rows many would be nearly empty
        }
        if memory := memory_cap():
            settings["spark.driver.memory"] = f"{memory}m"
    return settings


@contextmanager
def _said_into(log: Path) -> Iterator[None]:
    """Let Java, which is started meanwhile, say into `log` what it says, and not to whoever runs mujun."""
    kept = os.dup(2)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@dataclass(frozen=True)
class Spark:
    """A session on what is landed of a year."""

    home: Home
    year: int
    session: SparkSession
    folder: _Folder

    def read_landing(self) -> None:
        """Make what is landed views of the session (`global_temp`). MachineError where Spark reads other
        numbers of rows than DuckDB: a folder that it does not see is an empty table to it, on which every
        model succeeds."""
        from pyspark.sql import functions
        from pyspark.sql.pandas.types import from_arrow_schema

        expected = self._landed()
        counts = []
        for name in expected:
            file = landed_file(self.home.landing, name, self.year)
            self.folder.put(file, "landing", name)
            schema = from_arrow_schema(pq.read_schema(file))
            rows = self.session.read.schema(schema).parquet(self.folder.address("landing", name))
            rows.withColumn("year", functions.lit(self.year)).createOrReplaceGlobalTempView(name)
            counts.append(rows.select(functions.lit(name).alias("name"), functions.count("*").alias("rows")))
        counted = functools.reduce(lambda some, more: some.union(more), counts).collect()
        other = [
            f"{row['name']} ({row['rows']}, not {expected[row['name']]})"
            for row in counted
            if row["rows"] != expected[row["name"]]
        ]
        if other:
            raise MachineError(
                f"Spark reads other numbers of rows than are landed: {', '.join(other)}. {_NO_STORAGE}"
            )

    def _landed(self) -> dict[str, int]:
        """How many rows DuckDB reads of each landed table."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as warehouse:
            names = warehouse.execute(
                "select view_name from duckdb_views() where schema_name = 'landing' order by view_name"
            ).fetchall()
            return {name: len(warehouse.sql(f'select 1 from landing."{name}"')) for (name,) in names}

    def take_back(self, models: Mapping[str, str]) -> None:
        """Put the tables of `models`, each with its materialization in dbt, that Spark built in place of the
        warehouse's; of an incremental one in the place of the rows of the year; of a view into the schema
        `built`, which it is then a view of. MachineError where they are not there."""
        with duckdb.connect(str(self.home.warehouse), config={**self.home.engine(self.year)}) as warehouse:
            self.folder.let_read(warehouse)
            there = dict(
                warehouse.execute(
                    "select table_name, table_type from information_schema.tables where table_schema = 'main'"
                ).fetchall()
            )
            warehouse.execute("begin")
            warehouse.execute("create schema if not exists built")
            for name, kind in models.items():
                files = self.folder.parquet("tables", "main.db", name)
                if not files:
                    raise MachineError(f"Of {name} nothing is where Spark wrote it. {_NO_STORAGE}")
                schema, others, former = "main", "", there.get(name)
                if (former == "VIEW") != (kind == "view") and former:
                    warehouse.execute(f"drop {'view' if former == 'VIEW' else 'table'} main.{name}")
                if kind == "view":
                    schema = "built"
                elif kind == "incremental" and former == "BASE TABLE":
                    others = f"union all by name select * from main.{name} where year <> {self.year}"
                warehouse.execute(
                    f"create or replace table {schema}.{name} as select * from read_parquet($files) {others}",
                    {"files": files},
                )
                if kind == "view":
                    warehouse.execute(f"create or replace view main.{name} as select * from built.{name}")
            warehouse.execute("commit")
