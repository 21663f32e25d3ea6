"""Where things are: the project's own folders, and the folders of one run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path

from orchestration.errors import UserError
from orchestration.files import make_folder

# What a result depends on beside its inputs and the method.
_CODE = (
    "orchestration/**/*.py",
    "expectations/**/*.py",
    "expectations/**/*.yaml",
    "dbt_project/m*/**/*.*",
)

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
FEEDS = PROJECT / "data" / "feeds"
WORDINGS = PROJECT / "data" / "wordings" / "wordings.csv"


@cache
def code_version() -> str:
    """The project's version and a hash of the code as it is, so that no two codes have one version."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _CODE for path in PROJECT.glob(pattern)):
        digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{version('mujun')}+{digest.hexdigest()[:12]}"


def setting(name: str, default: Path) -> Path:
    """A folder from the environment (`MUJUN_HOME`, …), else its default."""
    return Path(os.environ.get(f"MUJUN_{name}") or default).expanduser().resolve()


@contextmanager
def using(**folders: Path) -> Iterator[None]:
    """Meanwhile let the settings name these folders: `home`, `inbox`, `policy`, `feeds`."""
    names = {f"MUJUN_{name.upper()}": str(folder) for name, folder in folders.items()}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def policy_folder() -> Path:
    """The method as tables; `MUJUN_POLICY` points at another, to try an edition before it is issued."""
    return setting("POLICY", PROJECT / "data" / "policy")


def feeds_folder() -> Path:
    """The contract by which files are read: that of the project, or while a release is rebuilt its own."""
    return setting("FEEDS", FEEDS)


def database() -> str | None:
    """The PostgreSQL database in which Dagster keeps runs and events, from `MUJUN_DATABASE`; None: files of
    the home. Given with the driver that is installed: left to itself SQLAlchemy takes another."""
    address = os.environ.get("MUJUN_DATABASE")
    if address and address.startswith(("postgresql://", "postgres://")):
        address = os.environ["MUJUN_DATABASE"] = f"postgresql+psycopg2://{address.split('://', 1)[1]}"
    return address or None


def default_inbox() -> Path:
    """Where the departments drop their files."""
    return setting("INBOX", PROJECT / "data" / "inbox")


@dataclass(frozen=True)
class Limits:
    """How much the intake reads, in MiB: of one file, of one department's files of a year, in one run."""

    file: int = 256
    department: int = 1024
    run: int = 4096

    @classmethod
    def from_environment(cls) -> Limits:
        """The limits as `MUJUN_FILE_MIB`, `MUJUN_DEPARTMENT_MIB`, `MUJUN_RUN_MIB` set them; else the
        defaults."""
        names = ("file", "department", "run")
        return cls(**{name: n for name in names if (n := _number(f"{name.upper()}_MIB", "MiB"))})


@dataclass(frozen=True)
class Kept:
    """How many are kept of what only grows: drafts of a year, runs in Dagster's history, logs of runs."""

    drafts: int = 5
    runs: int = 200
    logs: int = 1000

    @classmethod
    def from_environment(cls) -> Kept:
        """As `MUJUN_KEEP_DRAFTS`, `MUJUN_KEEP_RUNS`, `MUJUN_KEEP_LOGS` set them; else the defaults."""
        names = ("drafts", "runs", "logs")
        return cls(**{name: n for name in names if (n := _number(f"KEEP_{name.upper()}", name))})


def _number(name: str, of_what: str) -> int | None:
    """A whole number above zero from the environment (`MUJUN_<name>`); None where it is not set."""
    text = os.environ.get(variable := f"MUJUN_{name}")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise UserError(f"{variable} must be a whole number of {of_what} above zero, not “{text}”.")
    return int(text)


class Engine(StrEnum):
    """What computes the models."""

    duckdb = "duckdb"
    spark = "spark"

    @classmethod
    def chosen(cls) -> Engine:
        """The engine that `MUJUN_ENGINE` names; DuckDB where it is not set."""
        name = os.environ.get("MUJUN_ENGINE") or cls.duckdb
        try:
            return cls(name)
        except ValueError:
            raise UserError(f"MUJUN_ENGINE must be {' or '.join(cls)}, not “{name}”.") from None

    @property
    def release(self) -> str:
        """Its name and version, as a release tells them."""
        name, package = {Engine.duckdb: ("DuckDB", "duckdb"), Engine.spark: ("Spark", "pyspark")}[self]
        return f"{name} {version(package)}"


# Bytes of Parquet, of some 200,000 delivered rows: below, one thread of DuckDB is faster than two.
_SMALL = 8 << 20
# MiB of memory: half a million enterprises take hardly longer with it than with all of the machine's.
_MEMORY = 2048
_QUERIES = 4  # at once, at most: each holds its rows
_MIB = {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024, "TiB": 1024 * 1024}


def engine(data: int | None = None) -> dict[str, str]:
    """DuckDB's settings for the warehouse, and for what is open in memory alone: as many threads as
    `MUJUN_THREADS` says, else all of the machine's, or one where the Parquet that it works on has few bytes
    (`data`); and no more memory than `MUJUN_MEMORY_MIB` says, else 2 GiB, or what DuckDB would take by itself
    where that is less: beyond, it works on disk."""
    small = data is not None and data < _SMALL
    threads = thread_cap() or (1 if small else os.cpu_count() or 1)
    memory = memory_cap() or min(_MEMORY, _own_limit())
    return {"threads": str(threads), "memory_limit": f"{memory}MiB"}


def thread_cap() -> int | None:
    """What `MUJUN_THREADS` says; None where it is not set."""
    return _number("THREADS", "threads")


def memory_cap() -> int | None:
    """What `MUJUN_MEMORY_MIB` says; None where it is not set."""
    return _number("MEMORY_MIB", "MiB")


def queries_at_once() -> int:
    """How many queries run at once where each has one thread: as many as there may be threads, but few."""
    return min(thread_cap() or os.cpu_count() or 1, _QUERIES)


@cache
def _own_limit() -> int:
    """MiB that DuckDB takes by itself: 80 % of what this process may have, in a container or outside."""
    import duckdb  # where the machine has too little memory to load it, others tell so

    with duckdb.connect(config={"threads": 1}) as connection:
        ((said,),) = connection.execute("select current_setting('memory_limit')").fetchall()
    number, unit = said.split()
    return int(float(number) * _MIB[unit])


@dataclass(frozen=True)
class Home:
    """The folder that a pipeline owns, laid out as others rely on it."""

    path: Path

    @classmethod
    def default(cls) -> Home:
        return cls(setting("HOME", PROJECT / "data" / "home"))

    @property
    def archive(self) -> Path:
        return self.path / "archive"

    @property
    def receipts(self) -> Path:
        return self.path / "receipts"

    @property
    def landing(self) -> Path:
        """Hive-partitioned Parquet: `<table>/year=<Y>/rows.parquet`."""
        return self.path / "landing"

    @property
    def warehouse(self) -> Path:
        return self.path / "warehouse" / "mujun.duckdb"

    def engine(self, year: int) -> dict[str, str]:
        """DuckDB's settings for the data of `year`, once it is landed."""
        landed = self.landing.glob(f"*/year={year}/*.parquet")
        return engine(sum(path.stat().st_size for path in landed))

    @property
    def worksheets(self) -> Path:
        """What was handed out to the counties: `<year>/<number>.xlsx`."""
        return self.path / "worksheets"

    @property
    def logs(self) -> Path:
        """What each run did, a file of lines of JSON each."""
        return self.path / "logs"

    @property
    def frames(self) -> Path:
        """What the judge looks at, a file per rule."""
        return self.warehouse.parent / "frames"

    @property
    def dagster(self) -> Path:
        return self.path / "dagster"

    def findings(self, year: int) -> Path:
        """The workbook of the findings of the last judgement of `year`, released or refused."""
        return self.path / "findings" / str(year) / "findings.xlsx"

    def templates(self, year: int) -> Path:
        """The blank workbooks that a year was opened with."""
        return self.path / "templates" / str(year)

    @property
    def history(self) -> Path:
        """The tables of all years, of the release of each that stands."""
        return self.path / "releases" / "history.duckdb"

    def releases(self, year: int) -> Path:
        return self.path / "releases" / str(year)

    def create(self) -> None:
        """Make the folders that the run writes into, for their owner and group alone; UserError where that
        cannot be."""
        if "?" in str(self.path):
            # It takes what follows for no part of the path, and looks for its log in another folder.
            raise UserError(
                f"DuckDB cannot write below a folder with a question mark in its name: {self.path}. "
                "Take another home."
            )
        for folder in (self.archive, self.receipts, self.landing, self.warehouse.parent, self.dagster):
            try:
                make_folder(folder)
            except OSError as error:
                raise UserError(
                    f"The home {self.path} cannot be written: {error.strerror} ({folder})."
                ) from error
