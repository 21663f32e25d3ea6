"""Launching Dagster: its instance in a home, the jobs in this process, the web server and daemon.

Belongs here: how a job is started. Does not: what it does.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from orchestration.errors import MachineError, RefusedError, UserError
from orchestration.settings import PROJECT, Home, policy_folder

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from dagster._core.execution.plan.objects import UserFailureData
    from dagster._utils.error import SerializableErrorInfo

# Written once into a home and then its owner's: to keep runs in PostgreSQL, put `storage: postgres: …` there
# in place of `event_log_storage`.
_INSTANCE = """\
telemetry:
  enabled: false
nux:
  enabled: false
event_log_storage:
  module: orchestration.event_log
  class: KeptOpenEventLogStorage
  config: {base_dir: {env: DAGSTER_HOME}}
# One run at a time: DuckDB has one writer.
concurrency:
  runs:
    max_concurrent_runs: 1
"""


def prepare(home: Home) -> None:
    """Make the home's folders and Dagster's own, and point Dagster at it."""
    home.create()
    settings = home.dagster / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_INSTANCE, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["MUJUN_HOME"] = str(home.path)


def load_ahead() -> None:
    """Let dbt load in its process while Dagster loads in this one."""
    from orchestration.transform import DBT

    DBT.start()


def execute(
    job_name: str,
    *,
    year: int,
    home: Home,
    inbox: Path,
    stage: str,
    as_of: str,
    withdraw: Sequence[str] = (),
) -> None:
    """Run a job for `year` in this process. UserError, RefusedError and MachineError as the assets raise
    them; any other failure is a fault of the program."""
    from orchestration.definitions import definitions

    prepare(home)
    with _instance(home) as instance:
        result = definitions.resolve_job_def(job_name).execute_in_process(
            partition_key=str(year),
            instance=instance,
            raise_on_error=False,
            run_config={
                "resources": {
                    "run": {
                        "config": {
                            "inbox": str(inbox),
                            "home": str(home.path),
                            "stage": stage,
                            "as_of": as_of,
                            "withdraw": list(withdraw),
                        }
                    }
                },
                "loggers": {"console": {}},
            },
        )
    if result.success:
        return
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error is not None:
            _raise(event.step_failure_data.error, event.step_failure_data.user_failure_data)
    raise RuntimeError(f"The run {result.run_id} failed before its first step; `mujun ui` shows why.")


@contextmanager
def _instance(home: Home) -> Iterator[DagsterInstance]:
    """Dagster's instance of a home. Its storage is made by one process at a time: two would clash."""
    import dagster as dg

    with (home.dagster / "instance.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.from_config(str(home.dagster))
    with instance:
        yield instance


def _raise(error: SerializableErrorInfo, failure: UserFailureData | None) -> None:
    """Raise what a step failed of as the error that it was."""
    if failure is not None:
        raise RefusedError(failure.description or error.message)
    cause = error.cause or error
    message = cause.message.split(": ", 1)[-1].strip()
    for said in (UserError, MachineError):
        if cause.cls_name == said.__name__:
            raise said(message)
    raise RuntimeError(f"{cause.cls_name}: {message}\n{''.join(cause.stack)}")


def serve(home: Home, inbox: Path, port: int) -> NoReturn:
    """Become Dagster's web UI with its daemon, schedules and sensors on: to stop this process stops them."""
    prepare(home)
    os.environ["MUJUN_INBOX"] = str(inbox)
    os.environ["MUJUN_POLICY"] = str(policy_folder())
    # Dagster puts the folder that it is started in on its path.
    os.chdir(PROJECT)
    modules = ["-m", "orchestration.definitions", "-d", str(PROJECT)]
    command = [sys.executable, "-P", "-m", "dagster", "dev", *modules, "-p", str(port)]
    # A shell lets its background processes ignore interrupts, and Dagster takes a request to end for one.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(sys.executable, command)
