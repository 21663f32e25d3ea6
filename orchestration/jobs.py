"""The jobs of a year, and what launches them: a schedule that opens the year, a sensor that follows the inbox
and the calendar."""

import logging
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TextIO

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.tags import PARTITION_NAME_TAG

from orchestration.errors import MachineError
from orchestration.intake.contract import Contract, Stage, load_contract
from orchestration.intake.due_days import due_days
from orchestration.intake.status import (
    anything_in_force,
    missing_feeds,
    pending_drops,
    taken_in,
    vanished_drops,
)
from orchestration.intake.templates import write_templates
from orchestration.living import come_alive, fail_the_dead
from orchestration.notify import tell_news
from orchestration.partitions import EVALUATION_YEARS
from orchestration.policy import Policy, load_policy
from orchestration.release.register import standing
from orchestration.run_log import keep_said
from orchestration.run_request import HAND_BACK, INTAKE_JOB, STAGE_TAG, WANTED, job_of, run_config
from orchestration.settings import FEEDS, Home, default_inbox, policy_folder
from orchestration.terminal import visible

_ATTEMPTS = 3
_PAUSE = timedelta(minutes=5)


@dg.logger
def plain_lines(_: dg.InitLoggerContext) -> logging.Logger:
    """What the assets say, a line each, for whoever watches the command."""
    logger = logging.getLogger("mujun.progress")
    if not logger.handlers:
        for handler in (_Shown(), _Kept()):
            handler.setFormatter(_Message())
            handler.addFilter(_said_by_an_asset)
            logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    return logger


def _said_by_an_asset(record: logging.LogRecord) -> bool:
    """Dagster's own events, and its remarks on steps that it then leaves out, are for its web UI."""
    return record.levelno == logging.INFO and record.dagster_meta["dagster_event"] is None  # type: ignore[attr-defined]


class _Shown(logging.StreamHandler[TextIO]):
    """Writes to what is the output at that moment: a bar on the terminal makes way for a line."""

    @property
    def stream(self) -> TextIO:
        return sys.stdout

    @stream.setter
    def stream(self, _: TextIO) -> None:
        """It is no choice of whoever makes the handler."""


class _Kept(logging.Handler):
    """Writes into the log of the run."""

    def emit(self, record: logging.LogRecord) -> None:
        keep_said(self.format(record))


class _Message(logging.Formatter):
    """The message alone, without the names of run and step that Dagster puts before it."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(record.dagster_meta["orig_message"])  # type: ignore[attr-defined]


YEAR_JOBS = {
    stage: dg.define_asset_job(
        job_of(stage),
        selection=dg.AssetSelection.all(),
        config=run_config(stage.value),
        tags={STAGE_TAG: stage.value},
        description=f"Evaluate one year as a {stage}: intake, models, judgement, release.",
    )
    for stage in Stage
}

intake_job = dg.define_asset_job(
    INTAKE_JOB,
    selection=dg.AssetSelection.groups("feeds").without_checks(),  # what is judged is a year
    config=run_config(Stage.draft.value),
    description="Read what the departments dropped for a year, and write their receipts.",
)


@dg.op(description="Write the blank workbooks of the year, with its due days, into the home.")
def write_workbooks(context: dg.OpExecutionContext) -> None:
    year, home = int(context.partition_key), Home.default()
    come_alive(home, context.run_id)
    policy, contract = load_policy(policy_folder()), load_contract(FEEDS)
    due = due_days(policy, contract, year)
    written = write_templates(home.templates(year), contract, policy.counties_in(year), year, due)
    context.log.info(f"opened    {len(written)} templates for {year} in {home.templates(year)}")


@dg.job(
    name="open_year",
    partitions_def=EVALUATION_YEARS,
    executor_def=dg.in_process_executor,
    description="Open one year: the blank workbooks for the departments, with the due days of the calendar.",
)
def open_job() -> None:
    write_workbooks()


@dg.schedule(
    job=open_job,
    cron_schedule="0 6 * * *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def year_opening(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Open the year that has ended once its due days are set (办法 三: 每年年初); then the sensor follows."""
    year = context.scheduled_execution_time.year - 1
    if str(year) not in EVALUATION_YEARS.get_partition_keys():
        return dg.SkipReason(f"No edition of the method covers {year}.")
    if not due_days(load_policy(policy_folder()), load_contract(FEEDS), year):
        return dg.SkipReason(
            f"calendar.csv sets no due day of {year} yet: the office does, then it is opened."
        )
    if Home.default().templates(year).is_dir():
        return dg.SkipReason(f"{year} is open: its templates are in {Home.default().templates(year)}.")
    return dg.RunRequest(f"open-{year}-{context.scheduled_execution_time:%Y-%m-%d}", partition_key=str(year))


@dg.sensor(
    jobs=[intake_job, YEAR_JOBS[Stage.draft]],
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def inbox_watch(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Take in what came, so that receipts appear by themselves; draft the year once every feed that a draft
    needs is there, or its last due day is over. What failed is tried again, a few times."""
    home = Home.default()
    fail_the_dead(context.instance, home)
    try:
        gone = vanished_drops(default_inbox(), home.path, load_contract(FEEDS))
        asked_for, waits = _wanted(context.instance, home)
    except MachineError as fault:
        yield dg.SkipReason(str(fault))
        return
    asked, told = False, [*gone.values(), *waits]
    for wanted, job, year in asked_for:
        if year in gone:
            continue
        tried = context.instance.get_run_records(dg.RunsFilter(tags={WANTED: wanted}))
        if _is_due([(record.dagster_run.status, record.update_timestamp) for record in tried]):
            asked, run_key = True, _attempt(wanted, len(tried) + 1)
            yield dg.RunRequest(run_key, job_name=job.name, partition_key=str(year), tags={WANTED: wanted})
        elif all(record.dagster_run.status == dg.DagsterRunStatus.FAILURE for record in tried):
            told.append(f"{wanted} has failed {len(tried)} times, of {_ATTEMPTS}: the failed runs say why.")
    if told and not asked:
        yield dg.SkipReason(" ".join(told))


@dg.sensor(
    jobs=[intake_job],  # Dagster wants one; it is never asked for
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def news(_: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Tell people what failed, was refused or published, is stuck or late, and when the disk fills up."""
    said: list[str] = []
    tell_news(Home.default(), default_inbox(), said.append)
    return dg.SkipReason(" ".join(said) or "Whoever is to be told has been told.")


def _wanted(
    instance: dg.DagsterInstance, home: Home
) -> tuple[list[tuple[str, UnresolvedAssetJobDefinition, int]], list[str]]:
    """What the state of the inbox asks for: a name that changes with that state, a job and a year. Beside
    that, what is waited for, a sentence each."""
    contract, method = load_contract(FEEDS), load_policy(policy_folder())
    pending = pending_drops(default_inbox(), home.path, contract)
    years = {int(year) for year in EVALUATION_YEARS.get_partition_keys()}
    wanted = [(f"intake-{year}-{pending[year]}", intake_job, year) for year in sorted(years & pending.keys())]
    waits = []
    taken = {year for year in years if taken_in(home.path, year) is not None}
    for year in sorted(taken - pending.keys()):
        if reason := _taken_over(instance, home, year) or _not_yet(home, year, contract, method):
            waits.append(reason)
            continue
        state = f"{taken_in(home.path, year)}-{method.fingerprint(year)[:16]}"
        wanted.append((f"draft-{year}-{state}", YEAR_JOBS[Stage.draft], year))
    return wanted, waits


def _taken_over(instance: dg.DagsterInstance, home: Home, year: int) -> str | None:
    """Why the year is left to people: a notice or final of it stands, or its last run was theirs; else
    None."""
    stands = standing(home, year)
    if stands is not None and stands.stage != "draft":
        return f"{stands.name} stands: what follows in {year} is for people to start."
    of_year = dg.RunsFilter(tags={PARTITION_NAME_TAG: str(year), STAGE_TAG: [stage.value for stage in Stage]})
    for run in instance.get_runs(of_year, limit=1):
        if WANTED not in run.tags and HAND_BACK not in run.tags:
            return (
                f"A person ran {year} last (run {run.run_id}): it is left to people. "
                f"`mujun run --year {year} --hand-back` gives it back."
            )
    return None


def _not_yet(home: Home, year: int, contract: Contract, method: Policy) -> str | None:
    """What the draft of the year waits for; None where everything is there, or the due days of a draft are
    over and something came."""
    missing = missing_feeds(year, Stage.draft, home.path, contract)
    if not missing:
        return None
    due = due_days(method, contract, year)
    last = max((day.on for days in due.values() for day in days if day.stage == Stage.draft), default=None)
    names = ", ".join(feed.name for feed in missing)
    if not anything_in_force(year, home.path):
        return f"Nothing of {year} is in force yet: there is nothing to draft."
    if last is None or date.today() <= last:
        until = f"; after {last}, the last due day, it is drafted with what is there" if last else ""
        return f"The draft of {year} waits for {names}{until}."
    return None


def _is_due(tried: Sequence[tuple[dg.DagsterRunStatus, datetime]]) -> bool:
    """Whether what is wanted is to be tried (again), given how each attempt stands and since when. A person
    who cancels a run does not want it again."""
    if any(status != dg.DagsterRunStatus.FAILURE for status, _ in tried) or len(tried) >= _ATTEMPTS:
        return False
    last = max((since for _, since in tried), default=None)
    return last is None or datetime.now(UTC) - last.replace(tzinfo=last.tzinfo or UTC) >= _PAUSE


def _attempt(wanted: str, number: int) -> str:
    """The key of a run: Dagster starts none twice under one key."""
    return f"{wanted}-attempt-{number}"
