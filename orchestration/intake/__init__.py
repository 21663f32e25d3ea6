"""Intake: from a department's file to typed rows that say where they came from."""

from orchestration.intake.run import FileOutcome, IntakeResult, run_intake

__all__ = ["FileOutcome", "IntakeResult", "run_intake"]
