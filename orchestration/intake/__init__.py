"""Intake: from a department's file to typed rows that say where they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.intake.run import FileOutcome, IntakeResult, run_intake

__all__ = ["FileOutcome", "IntakeResult", "run_intake"]


def __getattr__(name: str) -> Any:
    """Load on first use: the child process that reads workbooks imports this package and needs none of it."""
    if name in __all__:
        from orchestration.intake import run

        return getattr(run, name)
    raise AttributeError(name)
