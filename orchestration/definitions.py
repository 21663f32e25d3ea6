"""What Dagster loads."""

import dagster as dg

from orchestration import assets, jobs
from orchestration.resources import YearRun

definitions = dg.Definitions(
    assets=[*assets.inboxes, assets.intake, assets.method, assets.models, assets.judgement, assets.release],
    # One process for the whole run, also of one that the UI starts: a process per step costs seconds each,
    # and DuckDB has one writer.
    executor=dg.in_process_executor,
    jobs=[*jobs.YEAR_JOBS.values(), jobs.intake_job, jobs.open_job],
    schedules=[jobs.year_opening],
    sensors=[jobs.inbox_watch, jobs.news],
    loggers={"console": jobs.plain_lines},
    resources={"run": YearRun.configure_at_launch()},
)
