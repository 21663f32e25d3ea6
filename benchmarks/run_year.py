"""How long `mujun run` takes, on the clock and of the processor, and how much memory, by step.

python benchmarks/run_year.py 7500 100000
"""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

PROJECT = Path(__file__).parent.parent
YEAR = 2024


def main(sizes: list[int]) -> None:
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="mujun-benchmark-") as folder:
            inbox, home = Path(folder) / "inbox", Path(folder) / "home"
            script = PROJECT / "data/samples/generate.py"
            generate: list[str | Path] = [sys.executable, script, "--out", inbox, "--plain"]
            subprocess.run([*generate, "--enterprises", str(size), "--years", str(YEAR)], check=True)
            began, used = time.time(), _cpu()
            command: list[str | Path] = [Path(sys.executable).with_name("mujun"), "run", "--year", str(YEAR)]
            run = subprocess.Popen([*command, "--inbox", inbox, "--home", home], stdout=subprocess.DEVNULL)
            peak = _watch_memory(run)
            seconds = time.time() - began
            print(
                f"{size:>9,} enterprises  {seconds:6.1f} s  {_cpu() - used:6.1f} s of CPU  "
                f"{peak / 2**20:6.2f} GiB in all processes"
            )
            for step, start, end in _steps(home, began):
                print(f"{'':>12}{step:<12}{start:6.1f} to {end:6.1f} s")
            subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def _cpu() -> float:
    """The seconds of CPU of all processes that this one has waited for, and those that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch_memory(run: subprocess.Popen[bytes]) -> int:
    """The largest sum of the resident memory of the run and its children, in KiB."""
    peak = 0

    def watch() -> None:
        nonlocal peak
        while run.poll() is None:
            listed = subprocess.run(
                ["ps", "-o", "rss=", "--ppid", str(run.pid), "-p", str(run.pid)],
                capture_output=True,
                check=False,
            )
            peak = max(peak, sum(map(int, listed.stdout.split())))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    run.wait()
    watcher.join()
    if run.returncode:
        raise SystemExit(f"mujun run ended with status {run.returncode}")
    return peak


def _steps(home: Path, began: float) -> list[tuple[str, float, float]]:
    """When each step of the run began and ended, in seconds after the command did."""
    (log,) = (path for path in (home / "dagster/history/runs").glob("*.db") if path.stem != "index")
    with sqlite3.connect(log) as events:
        rows = events.execute(
            "select step_key, min(timestamp), max(timestamp) from event_logs "
            "where dagster_event_type in ('STEP_START', 'STEP_SUCCESS') group by 1 order by 2"
        ).fetchall()
    return [(step, _after(start, began), _after(end, began)) for step, start, end in rows]


def _after(stamp: str, began: float) -> float:
    return datetime.fromisoformat(f"{stamp}+00:00").timestamp() - began


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [300, 7_500, 100_000])
