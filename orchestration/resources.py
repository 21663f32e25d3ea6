"""What the assets of one run share: its settings, and the only right to write."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG
from pydantic import Field, PrivateAttr

from orchestration.errors import UserError
from orchestration.intake.contract import STAGES, Contract, load_contract
from orchestration.living import come_alive, fail_the_dead
from orchestration.policy import Policy, load_policy
from orchestration.release.editions import trial
from orchestration.release.upkeep import put_right
from orchestration.settings import FEEDS, Home, default_inbox, feeds_folder, policy_folder
from orchestration.transform import DBT


@contextmanager
def only_writer(home: Home, say: Callable[[str], object], *, wait: bool = True) -> Iterator[None]:
    """Hold the right to write into `home` for a whole run, whoever launched it. The kernel gives it back
    when the process ends, however it ends. BlockingIOError where another has it and this one does not
    `wait`."""
    home.warehouse.parent.mkdir(parents=True, exist_ok=True)
    with (home.warehouse.parent / "writer.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise
            say(f"waiting   another run is writing into {home.path}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class YearRun(dg.ConfigurableResource):
    """How a year is run; a blank day means today. Where it reads and writes is no matter of a run: the
    settings of its process tell (`MUJUN_HOME`, `MUJUN_INBOX`, `MUJUN_POLICY`)."""

    stage: str = "draft"
    as_of: str = ""
    withdraw: list[str] = Field(
        default=[], description="Departments that took back what is gone from their folders."
    )

    _policy: Policy = PrivateAttr()
    _contract: Contract = PrivateAttr()
    _day: date = PrivateAttr()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[YearRun]:
        say = log.info if (log := context.log) else print
        if self.stage not in STAGES:
            raise UserError(f"The stage must be one of {', '.join(STAGES)}, not “{self.stage}”.")
        home = self.folders
        home.create()
        if context.run_id:
            come_alive(home, context.run_id)
        self._policy = load_policy(policy_folder())
        self._contract = load_contract(FEEDS).read_by(load_contract(feeds_folder()))
        self._day = date.fromisoformat(self.as_of) if self.as_of else date.today()
        year = context.run.tags.get(PARTITION_NAME_TAG) if context.run else None
        DBT.start()
        with only_writer(home, say):
            put_right(home, say)
            if context.instance:
                fail_the_dead(context.instance, home)
            if year and (attempt := trial(home, int(year), self.stage, self._policy)):
                say(f"trial     {attempt.en}")
            yield self

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
    def contract(self) -> Contract:
        return self._contract

    @property
    def day(self) -> date:
        """The day that waivers are measured by."""
        return self._day
