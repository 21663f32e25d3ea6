"""The year's job, and the schedule that launches it."""

import logging
import sys

import dagster as dg

from orchestration.partitions import EVALUATION_YEARS


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
    partitions_def=EVALUATION_YEARS,
    # One process for the whole run: a process per step costs seconds each, and DuckDB has one writer.
    executor_def=dg.in_process_executor,
    description="Evaluate one year: intake, models, judgement, release.",
)

intake_job = dg.define_asset_job(
    "take_in_year",
    selection=dg.AssetSelection.groups("feeds"),
    partitions_def=EVALUATION_YEARS,
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
    return dg.RunRequest(run_key=f"draft-{year}", partition_key=year)
