"""The jobs of a year, and what launches them: a schedule each January, a sensor whenever files come."""

import logging
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.tags import PARTITION_NAME_TAG, SCHEDULE_NAME_TAG

from orchestration.errors import MachineError
from orchestration.intake.contract import load_contract
from orchestration.intake.status import missing_feeds, pending_drops, taken_in, vanished_drops
from orchestration.living import fail_the_dead
from orchestration.partitions import EVALUATION_YEARS
from orchestration.policy import load_policy
from orchestration.release.register import standing
from orchestration.settings import FEEDS, Home, default_inbox, policy_folder
from orchestration.terminal import visible

# The tag of an automatic run that says what it was wanted for: all attempts have the same.
WANTED = "mujun/wanted"
_ATTEMPTS = 3
_PAUSE = timedelta(minutes=5)


@dg.logger
def plain_lines(_: dg.InitLoggerContext) -> logging.Logger:
    """What the assets say, a line each, for whoever watches the command."""
    logger = logging.getLogger("mujun.progress")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(_Message())
        handler.addFilter(_said_by_an_asset)
        logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    return logger


def _said_by_an_asset(record: logging.LogRecord) -> bool:
    """Dagster's own events, and its remarks on steps that it then leaves out, are for its web UI."""
    return record.levelno == logging.INFO and record.dagster_meta["dagster_event"] is None  # type: ignore[attr-defined]


class _Message(logging.Formatter):
    """The message alone, without the names of run and step that Dagster puts before it."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(record.dagster_meta["orig_message"])  # type: ignore[attr-defined]


year_job = dg.define_asset_job(
    "evaluate_year",
    selection=dg.AssetSelection.all(),
    description="Evaluate one year: intake, models, judgement, release.",
)

intake_job = dg.define_asset_job(
    "take_in_year",
    selection=dg.AssetSelection.groups("feeds").without_checks(),  # what is judged is a year
    description="Read what the departments dropped for a year, and write their receipts.",
)


@dg.schedule(
    job=year_job,
    cron_schedule="0 6 5 1 *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def january_draft(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Each January, the draft of the year that has just ended (办法 三: 每年年初)."""
    year = str(context.scheduled_execution_time.year - 1)
    if year not in EVALUATION_YEARS.get_partition_keys():
        return dg.SkipReason(f"No edition of the method covers {year}.")
    if not _may_be_drafted(Home.default(), int(year)):
        return dg.SkipReason(f"A notice or a final of {year} stands: what follows is for people to start.")
    wanted = f"january-{year}"
    return dg.RunRequest(_attempt(wanted, 1), partition_key=year, tags={WANTED: wanted})


@dg.sensor(
    jobs=[intake_job, year_job],
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def inbox_watch(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Take in what came, so that receipts appear by themselves; once every feed that a draft needs is there,
    evaluate the year as well. What failed is tried again, a few times."""
    home = Home.default()
    fail_the_dead(context.instance, home)
    try:
        gone = vanished_drops(default_inbox(), home.path, load_contract(FEEDS))
        asked_for = [*_wanted(home), *_january_that_failed(context.instance, home)]
    except MachineError as fault:
        yield dg.SkipReason(str(fault))
        return
    asked, failed = False, list(gone.values())
    for wanted, job, year in asked_for:
        if year in gone:
            continue
        tried = context.instance.get_run_records(dg.RunsFilter(tags={WANTED: wanted}))
        if _is_due([(record.dagster_run.status, record.update_timestamp) for record in tried]):
            asked, run_key = True, _attempt(wanted, len(tried) + 1)
            yield dg.RunRequest(run_key, job_name=job.name, partition_key=str(year), tags={WANTED: wanted})
        elif all(record.dagster_run.status == dg.DagsterRunStatus.FAILURE for record in tried):
            failed.append(f"{wanted} has failed {len(tried)} times, of {_ATTEMPTS}: the failed runs say why.")
    if failed and not asked:
        yield dg.SkipReason(" ".join(failed))


def _wanted(home: Home) -> Iterator[tuple[str, UnresolvedAssetJobDefinition, int]]:
    """What the state of the inbox asks for: a name that changes with that state, a job and a year."""
    contract = load_contract(FEEDS)
    pending = pending_drops(default_inbox(), home.path, contract)
    years = {int(year) for year in EVALUATION_YEARS.get_partition_keys()}
    for year in sorted(years & pending.keys()):
        yield f"intake-{year}-{pending[year]}", intake_job, year
    method = load_policy(policy_folder())
    taken = {year for year in years if taken_in(home.path, year) is not None}
    for year in sorted(taken - pending.keys()):
        if _may_be_drafted(home, year) and not missing_feeds(year, "draft", home.path, contract):
            state = f"{taken_in(home.path, year)}-{method.fingerprint(year)[:16]}"
            yield f"draft-{year}-{state}", year_job, year


def _january_that_failed(
    instance: dg.DagsterInstance, home: Home
) -> Iterator[tuple[str, UnresolvedAssetJobDefinition, int]]:
    """The draft that the schedule started last, if it has failed."""
    for run in instance.get_runs(dg.RunsFilter(tags={SCHEDULE_NAME_TAG: january_draft.name}), limit=1):
        year = int(run.tags[PARTITION_NAME_TAG])
        if run.status == dg.DagsterRunStatus.FAILURE and WANTED in run.tags and _may_be_drafted(home, year):
            yield run.tags[WANTED], year_job, year


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


def _may_be_drafted(home: Home, year: int) -> bool:
    """A year of which a notice or final stands is changed by people only."""
    stands = standing(home, year)
    return stands is None or stands.stage == "draft"
