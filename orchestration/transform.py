"""dbt: parse once, then run the models of one year, in a process of its own.

Belongs here: calling dbt. Does not: what is computed, which is for the models.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.errors import UserError
from orchestration.intake.contract import Contract
from orchestration.policy import Policy
from orchestration.settings import DBT_PROJECT, Home
from orchestration.workers import Worker

TARGET = DBT_PROJECT / "target"
DOCUMENTATION = TARGET / "static_index.html"
_STAMP = "sources.sha256"


def _sources_hash() -> str:
    """A hash of everything that dbt parses."""
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT.rglob("*")):
        if path.suffix in {".sql", ".yml", ".md"} and TARGET not in path.parents:
            digest.update(path.relative_to(DBT_PROJECT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def parsed_manifest() -> Path:
    """The path of `manifest.json`. dbt parses, and writes its documentation, only when the project has
    changed: that costs 5 s."""
    stamp = TARGET / _STAMP
    wanted = _sources_hash()
    TARGET.mkdir(exist_ok=True)
    with (TARGET / "parse.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands may find the models changed at the same time
        if not (DOCUMENTATION.is_file() and stamp.is_file() and stamp.read_text() == wanted):
            _dbt("parse", "--no-partial-parse")
            # Without the types of columns, which only a warehouse knows: the page serves every release.
            _dbt("docs", "generate", "--static", "--no-compile", "--empty-catalog")
            stamp.write_text(wanted)
    return TARGET / "manifest.json"


def _dbt(*command: str) -> None:
    from dbt.cli.main import dbtRunner

    result = dbtRunner().invoke(["--quiet", "--log-level-file", "none", *command, *_options()])
    if not result.success:
        raise RuntimeError(f"dbt {command[0]} failed: {result.exception}")


def _options() -> list[str]:
    folders = {
        "project-dir": DBT_PROJECT,
        "profiles-dir": DBT_PROJECT,
        "target-path": TARGET,
        "log-path": TARGET,
    }
    return [part for name, folder in folders.items() for part in (f"--{name}", str(folder))]


def run_variables(
    *, year: int, stage: str, as_of: date, home: Home, contract: Contract, policy: Policy
) -> dict[str, Any]:
    """What the models are told of a run: year, stage, day, the landing, and the factor of each unit."""
    factors = policy.factors
    units: dict[str, dict[str, tuple[int, int]]] = {}
    for feed in contract.feeds.values():
        for column in feed.columns.values():
            if column.unit is not None:
                if column.unit not in factors:
                    raise UserError(
                        f"data/policy/units.csv has no unit “{column.unit}” ({feed.name}.{column.name})."
                    )
                units.setdefault(feed.name, {})[column.name] = factors[column.unit]
    return {
        "year": year,
        "stage": stage,
        "as_of": as_of.isoformat(),
        "landing": str(home.landing),
        "units": units,
        "mu_of_m2": factors["m2"],
        "yuan_per_wan": factors["yuan"][1],
    }


class TransformError(RuntimeError):
    """A model failed: a fault of the program."""


def load() -> None:
    """Import dbt; the collector is held off, since it would walk the half-loaded modules."""
    gc.disable()
    import dbt.adapters.duckdb
    import dbt.cli.main
    import dbt.parser.manifest  # noqa: F401

    gc.freeze()
    gc.enable()


def run_models(run: tuple[Mapping[str, Any], Home]) -> dict[str, float]:
    """Build every model for a run, given its variables and home; returns the seconds each took, by its name.

    Raises TransformError with dbt's message where a model fails.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    variables, home = run
    parsed_manifest()
    packed = (TARGET / "partial_parse.msgpack").read_bytes()
    manifest = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    os.environ["MUJUN_WAREHOUSE"] = str(home.warehouse)
    quietly = ["--quiet", "--no-write-json", "--log-level-file", "none"]
    try:
        result = dbtRunner(manifest=manifest).invoke(
            [*quietly, "run", *_options(), "--vars", json.dumps(variables)]
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
