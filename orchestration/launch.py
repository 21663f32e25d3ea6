"""Launching Dagster: its instance in a home, the jobs in this process.

Belongs here: how a job is started. Does not: what it does.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from orchestration.dagster_files import (
    are_of_the_other_kind,
    are_settings_cut,
    find_server,
    mend_databases,
    set_aside,
    settings_file,
    write_settings,
)
from orchestration.errors import RefusedError
from orchestration.run_request import STAGE_TAG, run_config
from orchestration.settings import PROJECT, Home, using

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from dagster._core.remote_origin import RemoteJobOrigin

DEFINITIONS = "orchestration.definitions"


def prepare(home: Home) -> None:
    """Make the home's folders and Dagster's own, and point Dagster at it."""
    home.create()
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["MUJUN_HOME"] = str(home.path)


def run_job(
    job_name: str,
    *,
    year: int,
    home: Home,
    inbox: Path,
    as_of: str = "",
    withdraw: Sequence[str] = (),
    tags: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Run a job for `year` in this process. What its assets raise is raised here; RefusedError where one of
    them refuses the release."""
    import dagster as dg
    from dagster._core.definitions.job_base import InMemoryJob
    from dagster._core.errors import DagsterUserCodeExecutionError
    from dagster._core.execution.api import execute_run
    from dagster._core.storage.tags import PARTITION_NAME_TAG

    from orchestration.definitions import definitions
    from orchestration.living import come_alive
    from orchestration.notify import tell_news

    prepare(home)
    run_id = str(uuid.uuid4())
    come_alive(home, run_id)
    job = definitions.resolve_job_def(job_name)
    with using(home=home.path, inbox=inbox), opened_instance(home) as instance:
        run = instance.create_run_for_job(
            job,
            run_id=run_id,
            run_config=run_config(job.tags.get(STAGE_TAG, "draft"), as_of, withdraw),
            tags={**job.tags, PARTITION_NAME_TAG: str(year), **tags},
            remote_job_origin=_origin(job_name),
        )
        try:
            execute_run(InMemoryJob(job), run, instance, raise_on_error=True)
        except dg.Failure as refusal:
            raise RefusedError(refusal.description) from None
        except DagsterUserCodeExecutionError as wrapped:  # what a resource raises
            raise wrapped.user_exception from None
        finally:
            tell_news(home, inbox, print)


def _origin(job_name: str) -> RemoteJobOrigin:
    """The job as the web UI knows it: its timeline shows a run beside the others only where the run says of
    which repository it is."""
    from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
    from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
    from dagster._core.workspace.load_target import ModuleTarget

    (location,) = ModuleTarget(DEFINITIONS, None, str(PROJECT), None).create_origins()
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME), job_name)


@contextmanager
def opened_instance(home: Home) -> Iterator[DagsterInstance]:
    """Dagster's instance of a home. Its files are made, or made anew where they are damaged, by one process
    at a time: two would clash."""
    import dagster as dg
    import yaml
    from dagster._check import CheckError

    settings = settings_file(home)
    with (home.dagster / "instance.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if settings.exists() and are_settings_cut(home):
            set_aside(settings, print)
        if not settings.exists() or are_of_the_other_kind(home):
            write_settings(home)
        find_server()
        mend_databases(home, print)
        try:
            instance = dg.DagsterInstance.from_config(str(home.dagster))
        except (dg.DagsterError, CheckError, yaml.YAMLError, ImportError, AttributeError, ValueError):
            set_aside(settings, print)
            write_settings(home)
            instance = dg.DagsterInstance.from_config(str(home.dagster))
    with instance:
        yield instance
