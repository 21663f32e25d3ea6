"""A bar on the terminal while a step takes more than a moment.

Belongs here: the bar. Does not: how long a step took the last time (`run_log`), by which it moves.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_WORTH_A_BAR = 3.0  # seconds that a step took the last time


@contextmanager
def bar(step: str, seconds: float | None) -> Iterator[None]:
    """Meanwhile show how long `step` goes on, beside the `seconds` that it took the last time; the bar goes
    when the step ends. Nothing where nobody watches, or the step is over in a moment."""
    if not sys.stderr.isatty() or (seconds or _WORTH_A_BAR) < _WORTH_A_BAR:
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
    from rich.progress_bar import ProgressBar

    class ByTheClock(ProgressColumn):
        """Full when the step takes as long as the last time; without such a time it only moves."""

        def render(self, task: Task) -> ProgressBar:
            elapsed = min(task.elapsed or 0.0, seconds or 0.0)
            return ProgressBar(seconds, elapsed, width=40, pulse=not seconds, animation_time=task.get_time())

    last = f"last time {seconds:.0f} s" if seconds else ""
    columns = (TextColumn("{task.description:<9}"), ByTheClock(), TimeElapsedColumn(), TextColumn(last))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(step, total=None)
        yield
