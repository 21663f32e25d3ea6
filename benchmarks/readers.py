"""Do readers and runs disturb each other? `python benchmarks/readers.py 20 3`: runs, readers.

Readers query `current` without pause, each time anew and once through a connection kept open, while runs
publish one release after the other. Every answer must be that of one release, whole, and no run may fail.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb

PROJECT = Path(__file__).parent.parent
YEAR = 2024
_MUJUN = Path(sys.executable).with_name("mujun")

# What holds in every release: each unit has its scored items, and classes are counted as they were given.
_WHOLE = """
    select
        (select count(*) from enterprise_result where total_score is not null),
        (select count(distinct (county_code, uscc)) from enterprise_item),
        (select count(*) from enterprise_result where class is not null),
        (select sum(a + b + c + d + d_vetoed) from class_count)
"""


def main(runs: int, readers: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mujun-readers-") as folder:
        home = Path(folder) / "home"
        _publish(home, 0)
        alone = _publish(home, 1)
        spawn = multiprocessing.get_context("spawn")
        results = spawn.Queue()
        stop = spawn.Event()
        current = home / "releases" / str(YEAR) / "current" / "release.duckdb"
        processes = [spawn.Process(target=_read, args=(current, stop, results)) for _ in range(readers)]
        for process in processes:
            process.start()
        seconds = [_publish(home, number) for number in range(2, runs + 2)]
        stop.set()
        told = [results.get() for _ in processes]
        for process in processes:
            process.join()
        released = len(list((home / "releases" / str(YEAR)).glob("r*")))
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    queries, slowest, wrong = zip(*told, strict=True)
    print(
        f"{runs} runs, {released} releases: {sum(seconds) / runs:.1f} s each, {alone:.1f} s without readers"
    )
    print(f"{sum(queries):,} queries of {readers} readers: slowest {max(slowest):.2f} s, {sum(wrong)} wrong")


def _publish(home: Path, number: int) -> float:
    """Publish the sample; each time at another stage, so that the content is another."""
    began = time.time()
    command: list[str | Path] = [
        _MUJUN,
        "run",
        "--year",
        str(YEAR),
        "--stage",
        ("draft", "notice")[number % 2],
    ]
    subprocess.run(
        [*command, "--inbox", PROJECT / "data/samples/inbox", "--home", home],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.time() - began


def _read(current: Path, stop: Event, results: multiprocessing.Queue[tuple[int, float, int]]) -> None:
    """Query until told to stop: how many queries, the slowest in seconds, how many told no whole release."""
    queries, slowest, wrong = 0, 0.0, 0
    with duckdb.connect(str(current), read_only=True) as kept:
        before = kept.execute(_WHOLE).fetchall()
        while not stop.is_set():
            began = time.time()
            with duckdb.connect(str(current.resolve()), read_only=True) as anew:
                ((scored, itemed, classed, counted),) = anew.execute(_WHOLE).fetchall()
            wrong += scored != itemed or classed != counted or kept.execute(_WHOLE).fetchall() != before
            queries, slowest = queries + 2, max(slowest, time.time() - began)
    results.put((queries, slowest, wrong))


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:]))
