"""What a run is asked for: the name of its job, what it is told, and what it is marked with in Dagster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

INTAKE_JOB = "take_in_year"

# Tags.
STAGE_TAG = "mujun/stage"  # of a run of a whole year
WANTED = "mujun/wanted"  # of an automatic run: what it was wanted for; all attempts have the same
HAND_BACK = "mujun/hand_back"  # of a person's run, after which the sensor drafts the year again


def job_of(stage: str) -> str:
    """The name of the job that evaluates a year as a `stage`."""
    return f"{stage}_year"


def run_config(stage: str, as_of: str = "", withdraw: Sequence[str] = ()) -> dict[str, Any]:
    """How a run is told what it is: its stage, the day, whose files were taken back."""
    settings = {"stage": stage, "as_of": as_of, "withdraw": list(withdraw)}
    return {"resources": {"run": {"config": settings}}, "loggers": {"console": {}}}
