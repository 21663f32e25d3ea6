"""What the assets of one run share: its settings, and the only right to write."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG
from pydantic import Field, PrivateAttr

from orchestration.accounts import account_and_host
from orchestration.errors import UserError
from orchestration.intake.contract import Contract, Stage, load_contract
from orchestration.living import come_alive, fail_the_dead
from orchestration.policy import Policy, load_policy
from orchestration.prune import forget_runs, old_runs
from orchestration.release.editions import trial
from orchestration.release.upkeep import put_right
from orchestration.run_log import RunLog, kept_log
from orchestration.run_request import STAGE_TAG
from orchestration.settings import FEEDS, Home, Kept, default_inbox, feeds_folder, policy_folder
from orchestration.transform import load_ahead


@contextmanager
def only_writer(
    home: Home, say: Callable[[str], object], *, run_id: str | None = None, wait: bool = True
) -> Iterator[None]:
    """Hold the right to write into `home` for a whole run, whoever launched it. The kernel gives it back
    when the process ends, however it ends. BlockingIOError where another has it and this one does not
    `wait`."""
    home.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with (home.warehouse.parent / "writer.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise
            say(f"waiting   another run is writing into {home.path}: {_holder(lock)}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        who = {**account_and_host(), "pid": os.getpid(), "run": run_id}
        lock.truncate(0)
        lock.write(json.dumps({**who, "since": datetime.now(UTC).isoformat(timespec="seconds")}))
        lock.flush()
        yield


def _holder(lock: IO[str]) -> str:
    """Who has the right to write, as the lock tells."""
    lock.seek(0)
    try:
        told = json.loads(lock.read())
        run = f", run {told['run']}" if told["run"] else ""
        return f"{told['account']} on {told['host']} (process {told['pid']}{run}) since {told['since']}"
    except (ValueError, KeyError, TypeError):  # it has just begun
        return "it has just begun"


class YearRun(dg.ConfigurableResource):
    """How a year is run; a blank day means today. Where it reads and writes is no matter of a run: the
    settings of its process tell (`MUJUN_HOME`, `MUJUN_INBOX`, `MUJUN_POLICY`)."""

    stage: Stage = Stage.draft
    as_of: str = ""
    withdraw: list[str] = Field(
        default=[], description="Departments that took back what is gone from their folders."
    )

    _policy: Policy = PrivateAttr()
    _contract: Contract = PrivateAttr()
    _day: date = PrivateAttr()
    _log: RunLog = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[YearRun]:
        say = log.info if (log := context.log) else print
        home = self.folders
        home.create()
        run = context.run
        year = int(run.tags[PARTITION_NAME_TAG]) if run and PARTITION_NAME_TAG in run.tags else None
        run_id, job = (run.run_id, run.job_name) if run else ("", "")
        if run_id:
            come_alive(home, run_id)
        of_a_year = run is not None and STAGE_TAG in run.tags
        if run and run.tags.get(STAGE_TAG, self.stage) != self.stage:
            raise UserError(f"The job {job} makes no {self.stage}: start {self.stage}_year.")
        with kept_log(RunLog(home, run_id, job, year, of_a_year=of_a_year)) as self._log:
            self._policy = load_policy(policy_folder())
            self._contract = load_contract(FEEDS).read_by(load_contract(feeds_folder()))
            self._day = date.fromisoformat(self.as_of) if self.as_of else date.today()
            load_ahead()
            with only_writer(home, say, run_id=run_id):
                put_right(home, say)
                if context.instance:
                    fail_the_dead(context.instance, home)
                if year and (attempt := trial(home, year, self.stage, self._policy)):
                    say(f"trial     {attempt.en}")
                yield self
        if context.instance and run_id:
            context.instance.add_run_tags(run_id, self._log.tags)
            old = old_runs(context.instance, Kept.from_environment().runs)
            forget_runs(context.instance, home, old)

    @property
    def folders(self) -> Home:
        return Home.default()

    @property
    def inbox_folder(self) -> Path:
        return default_inbox()

    @property
    def policy(self) -> Policy:
        return self._policy

    @property
    def log(self) -> RunLog:
        return self._log

    @property
    def contract(self) -> Contract:
        return self._contract

    @property
    def day(self) -> date:
        """The day that waivers are measured by."""
        return self._day
