"""The jobs of a year, and what launches them: a schedule each January, a sensor whenever files come."""

import logging
import sys
from collections.abc import Iterator

import dagster as dg

from orchestration.intake.contract import load_contract
from orchestration.intake.status import missing_feeds, pending_drops, taken_in
from orchestration.partitions import EVALUATION_YEARS
from orchestration.release.catalog import standing
from orchestration.settings import FEEDS, Home, default_inbox


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
        return str(record.dagster_meta["orig_message"])  # type: ignore[attr-defined]


year_job = dg.define_asset_job(
    "evaluate_year",
    selection=dg.AssetSelection.all(),
    # One process for the whole run: a process per step costs seconds each, and DuckDB has one writer.
    executor_def=dg.in_process_executor,
    description="Evaluate one year: intake, models, judgement, release.",
)

intake_job = dg.define_asset_job(
    "take_in_year",
    selection=dg.AssetSelection.groups("feeds"),
    executor_def=dg.in_process_executor,
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
    return dg.RunRequest(run_key=f"draft-{year}", partition_key=year)


@dg.sensor(
    jobs=[intake_job, year_job],
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def inbox_watch(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Take in what came, so that receipts appear by themselves; once every feed that a draft needs is there,
    evaluate the year as well."""
    contract, home = load_contract(FEEDS), Home.default()
    pending = pending_drops(default_inbox(), home.path, contract)
    years = set(EVALUATION_YEARS.get_partition_keys())
    for year, fingerprint in sorted(pending.items()):
        if str(year) in years:
            yield dg.RunRequest(
                f"intake-{year}-{fingerprint}", job_name=intake_job.name, partition_key=str(year)
            )
    taken = (int(year) for year in years if (home.landing / "intake_file" / f"year={year}").is_dir())
    for year in sorted(set(taken) - pending.keys()):
        if _may_be_drafted(home, year) and not missing_feeds(year, "draft", home.path, contract):
            state = taken_in(home.path, year)
            yield dg.RunRequest(f"draft-{year}-{state}", job_name=year_job.name, partition_key=str(year))


def _may_be_drafted(home: Home, year: int) -> bool:
    """A year of which a notice or final stands is changed by people only."""
    stands = standing(home, year)
    return stands is None or stands.stage == "draft"
