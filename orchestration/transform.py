"""dbt: parse once, then run the models of one year, in a process of its own.

What dbt parsed is kept apart from what whoever calls dbt in `dbt_project` makes there, and named after all
that it depends on. Belongs here: calling dbt. Does not: what is computed, which is for the models.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from orchestration.errors import MachineError
from orchestration.settings import DBT_PROJECT, PROJECT, Engine, Home, memory_cap, thread_cap
from orchestration.workers import Worker

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

_INSTALLED = PROJECT / "build" / "dbt"
_MANIFEST, _PACKED, _DOCUMENTATION = "manifest.json", "partial_parse.msgpack", "static_index.html"
_FILES = {
    Engine.duckdb: (_MANIFEST, _PACKED, _DOCUMENTATION),
    Engine.spark: (_MANIFEST, _PACKED),
}
_TARGETS = {Engine.duckdb: "run", Engine.spark: "spark"}  # of the profile
_FIRST = (
    "stg_run__parameters"  # of the models: before it dbt makes views of what is landed, or tells what is not
)
# Rows need no order before they are released, no table need be brought into the file by itself, and the
# smallest form of figures and texts is not looked for: most of them are made anew by the next run.
_OF_A_BUILD = {
    "preserve_insertion_order": "false",
    "wal_autocheckpoint": "256MiB",
    "disabled_compression_methods": "alp,alprd,fsst,zstd",
}
_SUMS = "sha256.json"  # the hash of each
_KEPT = 3  # states, so that a process that reads an older one can go on
_SOURCES = {".sql", ".yml", ".md", ".py", ".csv"}  # what dbt reads
_SILENTLY = ("--quiet", "--log-level", "none", "--log-level-file", "none")  # what fails is raised, once
_OF_ITS_USERS = {"target", "logs", "dbt_packages"}  # what it makes in the project


def parse_for_all() -> None:
    """Keep the parsed project in the installation, for whoever uses it: `make setup`. Nothing else writes
    there."""
    _made(_INSTALLED / _key(Engine.duckdb), Engine.duckdb)


def parsed_manifest() -> Path:
    """The path of `manifest.json`: the project as dbt parsed it."""
    return _kept(_MANIFEST)


def documentation() -> Path:
    """The path of dbt's documentation of the project, one page that opens from disk."""
    return _kept(_DOCUMENTATION)


def loaded_manifest(engine: Engine = Engine.duckdb) -> Manifest:
    """The project parsed for an engine as dbt's own object, which saves its commands from parsing."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    manifest = Manifest.from_msgpack(_kept(_PACKED, engine).read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


def options(target: Path, engine: Engine = Engine.duckdb) -> list[str]:
    """The options of a dbt command that is mujun's: project, profile and its engine, and `target`, where it
    writes."""
    folders = {
        "project-dir": DBT_PROJECT,
        "profiles-dir": DBT_PROJECT,
        "target-path": target,
        "log-path": target,
    }
    named = [part for name, folder in folders.items() for part in (f"--{name}", str(folder))]
    return [*named, "--target", _TARGETS[engine]]


def _kept(name: str, engine: Engine = Engine.duckdb) -> Path:
    """A file of the parsed project. dbt parses, and writes its documentation, only where there is none of the
    project as it stands: that costs 5 s. MachineError where it can be kept nowhere."""
    key = _key(engine)
    folders = [root / key for root in _own()]
    for folder in (_INSTALLED / key, *folders):
        if _is_whole(folder, [name]):
            return folder / name
    for folder in folders:
        try:
            return _made(folder, engine) / name
        except OSError as error:
            reason = error
    raise MachineError(
        f"What dbt parses can be kept in none of {', '.join(str(folder.parent) for folder in folders)}: "
        f"{reason.strerror or reason}. Make one of them writable."
    )


def _own() -> Iterator[Path]:
    """Where a project that changed since `make setup` is kept: with the user, else in the home."""
    cache = os.environ.get("XDG_CACHE_HOME")
    with suppress(RuntimeError):  # an account without a home
        of_this_one = hashlib.sha256(str(PROJECT).encode()).hexdigest()[
            :8
        ]  # of several copies of the project
        yield (Path(cache) if cache else Path.home() / ".cache") / "mujun" / "dbt" / of_this_one
    yield Home.default().path / "dbt"


def _key(engine: Engine) -> str:
    """A hash of what the parsed project depends on: the project with its profile, dbt, its adapter."""
    digest = hashlib.sha256(str(DBT_PROJECT).encode())
    for package in ("dbt-core", "dbt-adapters", f"dbt-{engine}"):
        digest.update(f"{package} {version(package)}".encode())
    for path in sorted(path for path in DBT_PROJECT.rglob("*") if path.suffix in _SOURCES):
        name = path.relative_to(DBT_PROJECT)
        if name.parts[0] not in _OF_ITS_USERS:
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _is_whole(folder: Path, names: Sequence[str]) -> bool:
    """Whether the files of `folder` that are named are what was written there."""
    try:
        sums = json.loads((folder / _SUMS).read_bytes())
        return all(_sum(folder / name) == sums[name] for name in names)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _made(folder: Path, engine: Engine) -> Path:
    """Let dbt parse for `engine` into `folder`, aside first. OSError where it cannot be written."""
    root = folder.parent
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands may find the project changed at the same time
        if _is_whole(folder, _FILES[engine]):
            return folder
        if folder.exists():  # it is not what was written there
            print(f"dbt       {folder} was damaged: the project is parsed anew", file=sys.stderr)
            shutil.rmtree(folder)
        with tempfile.TemporaryDirectory(prefix=".", dir=root) as aside:
            made = Path(aside) / folder.name
            made.mkdir()
            _parse(made, engine)
            sums = {name: _sum(made / name) for name in _FILES[engine]}
            (made / _SUMS).write_text(json.dumps(sums), encoding="utf-8")
            made.rename(folder)
        states = sorted(root.glob("[!.]*/"), key=lambda state: state.stat().st_mtime, reverse=True)
        for state in states[_KEPT:]:
            shutil.rmtree(state, ignore_errors=True)
    return folder


def _parse(target: Path, engine: Engine) -> None:
    _dbt("parse", "--no-partial-parse", *options(target, engine))
    if _DOCUMENTATION in _FILES[engine]:
        # Without the types of columns, which only a warehouse knows: the page serves every release.
        _dbt("docs", "generate", "--static", "--no-compile", "--empty-catalog", *options(target, engine))


def _dbt(*command: str) -> None:
    from dbt.cli.main import dbtRunner

    with _environment():
        result = dbtRunner().invoke([*_SILENTLY, *command])
    if not result.success:
        raise TransformError(f"dbt {command[0]} failed: {result.exception}")


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    """Meanwhile dbt is told `settings`, and nothing of what its user set for other commands (`DBT_TARGET`,
    `DBT_FULL_REFRESH`, …)."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(("DBT_", "MUJUN_YEAR", "MUJUN_WAREHOUSE", "MUJUN_DUCKDB")):
            del os.environ[name]
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class TransformError(RuntimeError):
    """A model failed: a fault of the program."""


class Build(NamedTuple):
    """What is asked of dbt: to build for a year, on what is landed in a home, the models that are named with
    all that they read, or every one."""

    year: int
    home: Home
    wanted: Sequence[str] | None = None
    engine: Engine = Engine.duckdb


def chosen_engine() -> Engine:
    """The engine that is chosen. UserError where it cannot run here, or what caps it is no number."""
    chosen = Engine.chosen()
    thread_cap()
    memory_cap()
    if chosen == Engine.spark:
        from orchestration.spark import check_spark

        check_spark()
    return chosen


def load_ahead() -> None:
    """Let dbt load in its process, beside what comes before its turn. UserError as of `chosen_engine`."""
    chosen_engine()
    DBT.start()


def load() -> None:
    """Import dbt; the collector is held off, since it would walk the half-loaded modules."""
    gc.disable()
    import dbt.adapters.duckdb
    import dbt.cli.main
    import dbt.parser.manifest

    if Engine.chosen() == Engine.spark:
        import dbt.adapters.spark  # noqa: F401

    gc.freeze()
    gc.enable()


def run_models(build: Build) -> dict[str, float]:
    """Build models into the warehouse of the home; returns the seconds each took, by its name.

    Raises TransformError with dbt's message where a model fails.
    """
    if build.engine == Engine.duckdb:
        return _run(build)
    from orchestration.spark import opened

    _run(build._replace(wanted=[_FIRST], engine=Engine.duckdb))
    with opened(build.home, build.year) as spark:
        seconds = _run(build)
        models = [
            node
            for node in loaded_manifest(build.engine).nodes.values()
            if node.resource_type == "model" and node.name in seconds
        ]
        spark.take_back({node.name: node.config.materialized for node in models})
    return seconds


def _run(build: Build) -> dict[str, float]:
    """Let dbt run the models on their engine, where their tables then are."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    home, engine = build.home, build.engine
    only = ["--select", *(f"+{name}" for name in build.wanted)] if build.wanted else []
    told = {
        "MUJUN_HOME": str(home.path),
        "MUJUN_YEAR": str(build.year),
        "MUJUN_WAREHOUSE": str(home.warehouse),
        "MUJUN_DUCKDB": json.dumps({**home.engine(build.year), **_OF_A_BUILD}),
    }
    try:
        with _environment(**told):
            result = dbtRunner(manifest=loaded_manifest(engine)).invoke(
                [*_SILENTLY, "--no-write-json", "run", *only, *options(home.warehouse.parent / "dbt", engine)]
            )
    finally:
        # The next step, and the next process, must be able to open the warehouse.
        DuckDBConnectionManager.close_all_connections()
    if result.exception is not None:
        raise TransformError(str(result.exception))
    for node in result.result.results:
        if node.status not in ("success", "pass"):
            raise TransformError(f"{node.node.name}: {node.message}")
    return {node.node.name: node.execution_time for node in result.result.results}


DBT = Worker("dbt", load, run_models)
