"""`mujun runs`: what ran in a home, in lines for the terminal.

Belongs here: how a run's log is shown. Does not: what is in it (`run_log`), which runs live (`living`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from orchestration.living import lives
from orchestration.run_log import STOPPED, RunTold
from orchestration.settings import Home


def told(home: Home, run: RunTold) -> Iterator[str]:
    """A run in lines: when, what, who and how it ended; then what each step took and made."""
    began, ended = run.began, run.ended
    when = datetime.fromisoformat(began["at"]).astimezone()
    who = f"{began['account']} on {began['host']} (process {began['pid']})"
    yield f"{when:%Y-%m-%d %H:%M:%S}  {began['job']} {began['year'] or ''}  {who}  run {run.run_id}"
    yield f"  {_outcome(home, run)}"
    for line in [*run.steps.values(), *([{"step": "in all", **ended}] if ended else [])]:
        rows, mib = line.get("rows"), line.get("peak_mib")
        made, held = (f"{rows:,} rows" if rows else "", f"{mib:,} MiB" if mib else "")
        yield f"  {line['step']:<10} {line['seconds']:>8.1f} s {made:>16} {held:>10}".rstrip()


def as_data(home: Home, runs: Iterable[RunTold]) -> list[dict[str, object]]:
    """The runs as JSON has them."""
    return [
        {**run.began, "outcome": _outcome(home, run), "steps": list(run.steps.values()), "ended": run.ended}
        for run in runs
    ]


def _outcome(home: Home, run: RunTold) -> str:
    """How it ended, with the release or the reason; else what it is about."""
    if run.ended:
        more = run.ended.get("release") or run.ended.get("error", "")
        outcome = run.ended["outcome"]
        return str(more) if outcome == STOPPED else f"{outcome} {more}".rstrip()
    if lives(home, run.run_id):
        last = run.said[-1] if run.said and not run.steps else ""
        return last if last.startswith("waiting") else "goes on"
    return "killed: its process ended without a word"
