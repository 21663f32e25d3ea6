"""What a year costs, from the drops to the release, beside its results by hand: clock, processor, memory.

python benchmarks/run_year.py 7500 100000 500000

For each size: `mujun run` and its steps, then year_in_duckdb.py and year_in_pandas.py, which read what that
run landed and must come to the results that it published. README.md and run_year.svg are written. Linux only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from math import log
from pathlib import Path

import duckdb
import numpy as np
from chart import chart

HERE = Path(__file__).parent
YEAR = 2024
RUN, DUCKDB, PANDAS = "mujun run", "by hand in DuckDB", "by hand in pandas"
BY_HAND = {DUCKDB: HERE / "year_in_duckdb.py", PANDAS: HERE / "year_in_pandas.py"}
UNIT = ("county_code", "uscc")
KEYS = {"enterprise_result": UNIT, "enterprise_item": (*UNIT, "indicator")}
# Not computed by hand: the year before, of which there is none, and why a score is what it is.
LEFT_OUT = {
    "enterprise_result": {"year", "previous_class", "previous_total_score"},
    "enterprise_item": {
        *("year", "because", "points_lost"),
        *("value_from", "value_to", "coefficient_from", "coefficient_to"),
    },
}
BEGIN, END = "<!-- measured: written by run_year.py -->\n", "<!-- end of measured -->\n"
SAMPLED_EVERY = 0.1  # seconds; memory in every fifth sample only, since it costs the kernel 3 ms a process
GIB = 2**30


@dataclass
class Cost:
    """What a command or a step of it took; of one that did not finish, what happened."""

    seconds: float
    cpu: float
    memory: float  # bytes, of all processes together, at most
    failure: str = ""


@dataclass
class Samples:
    """The use of a command and of all its descendants, again and again while it runs."""

    at: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def between(self, start: float, end: float) -> Cost:
        """What was used between two moments."""
        cpu = np.interp([start, end], self.at, self.cpu)
        memory = [used for at, used in zip(self.at, self.memory, strict=True) if start <= at <= end]
        return Cost(end - start, cpu[1] - cpu[0], max(memory, default=0))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a year at several sizes, beside the same by hand.")
    parser.add_argument("sizes", type=int, nargs="*", default=[7_500, 100_000, 500_000], help="enterprises")
    parser.add_argument(
        "--inboxes", type=Path, help="take FOLDER/inbox<size> where it is there, else make it"
    )
    arguments = parser.parse_args()
    costs: dict[int, dict[str, Cost]] = {}
    steps: dict[int, dict[str, Cost]] = {}
    for size in sorted(set(arguments.sizes)):
        with tempfile.TemporaryDirectory(prefix="mujun-benchmark-") as folder:
            inbox = (arguments.inboxes or Path(folder)) / f"inbox{size}"
            try:
                costs[size], steps[size] = measured_year(size, inbox, Path(folder))
            finally:
                subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    write_report(costs, steps)


def measured_year(size: int, inbox: Path, folder: Path) -> tuple[dict[str, Cost], dict[str, Cost]]:
    """The cost of a year by each way, and of the steps of the run. Ends all where results differ."""
    if not inbox.exists():
        script = HERE.parent / "data/samples/generate.py"
        generate: list[str | Path] = [sys.executable, script, "--out", inbox, "--plain"]
        made, _ = measured([*generate, "--enterprises", str(size), "--years", str(YEAR)], folder)
        if made.failure:
            shutil.rmtree(inbox, ignore_errors=True)
            failure = f"the made-up drops could not be made: {made.failure}"
            return tell(size, {RUN: Cost(made.seconds, made.cpu, made.memory, failure)}), {}
    home = folder / "home"
    mujun: list[str | Path] = [Path(sys.executable).with_name("mujun"), "run", "--year", str(YEAR)]
    began = time.time()
    run, samples = measured([*mujun, "--inbox", inbox, "--home", home], folder)
    costs = {RUN: run}
    for way, program in BY_HAND.items():
        out = folder / program.stem
        out.mkdir()
        costs[way], _ = measured([sys.executable, program, home / "landing", out], folder)
        if not run.failure and not costs[way].failure:
            (release,) = (home / "releases" / str(YEAR)).glob("r*-draft")
            for difference in differences(out, release / "parquet"):
                raise SystemExit(f"{size:,} enterprises, {way}: {difference}")
    steps = {step: samples.between(start - began, end - began) for step, start, end in steps_of(home)}
    return tell(size, costs), steps


def measured(command: Sequence[str | Path], folder: Path) -> tuple[Cost, Samples]:
    """Run a command to its end."""
    said = folder / "said.txt"
    samples = Samples()
    with said.open("w", encoding="utf-8") as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output)
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, began, samples, ended))
        watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        ended.set()
        watcher.join()
    process.returncode = code = os.waitstatus_to_exitcode(status)  # since Popen has not waited itself
    # A process of its own may come and go between two samples: the kernel knows the largest one's peak.
    memory = max([used.ru_maxrss * 1024, *samples.memory])
    lines = said.read_text(encoding="utf-8").split("\n")
    failure = ""
    if code < 0:
        failure = f"ended by the system with {signal.Signals(-code).name} at {memory / GIB:.1f} GiB"
    elif code:
        failure = next((line.strip(" .") for line in reversed(lines) if line.strip()), f"status {code}")
    return Cost(seconds, used.ru_utime + used.ru_stime, memory, failure), samples


def _watch(root: int, began: float, samples: Samples, ended: threading.Event) -> None:
    """Sample the use of a process and of whatever descends from it, also where a parent has gone before."""
    ticks = os.sysconf("SC_CLK_TCK")
    family = {root}
    while not ended.wait(SAMPLED_EVERY):
        stats = dict(_processes())
        grown = 0
        while grown < len(family):
            grown = len(family)
            family |= {pid for pid, stat in stats.items() if int(stat[1]) in family}
        alive = [pid for pid in family if pid in stats]
        samples.at.append(time.perf_counter() - began)
        # Of itself and of children that have ended, in user and kernel mode.
        samples.cpu.append(sum(int(used) for pid in alive for used in stats[pid][11:15]) / ticks)
        memory = samples.memory[-1] if len(samples.memory) % 5 else sum(map(_memory, alive))
        samples.memory.append(memory)


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Every process with the fields of its `stat` after its name, which may hold spaces: state, parent, …"""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                yield int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()


def _memory(pid: int) -> int:
    """The memory of a process in bytes; of what it shares only its part, so that sums count all once."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n"):
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def steps_of(home: Path) -> Iterator[tuple[str, float, float]]:
    """When each step of the run that finished began and ended."""
    for log_of_run in (home / "dagster/history/runs").glob("*.db"):
        if log_of_run.stem == "index":
            continue
        with sqlite3.connect(log_of_run) as events:
            rows = events.execute(
                "select step_key, min(timestamp), max(timestamp) from event_logs where dagster_event_type "
                "in ('STEP_START', 'STEP_SUCCESS') group by 1 having count(*) = 2 order by 2"
            ).fetchall()
        for step, start, end in rows:
            yield step, *(datetime.fromisoformat(f"{stamp}+00:00").timestamp() for stamp in (start, end))


def differences(by_hand: Path, published: Path) -> Iterator[str]:
    """What results by hand have otherwise than the published ones, figures within 1e-9 of the larger."""
    for table, key in KEYS.items():
        ours = duckdb.read_parquet(str(published / f"{table}.parquet"))
        theirs = duckdb.read_parquet(str(by_hand / f"{table}.parquet"))
        if odd := set(ours.columns) ^ set(theirs.columns) ^ LEFT_OUT[table]:
            yield f"{table} has columns that are not compared: {', '.join(sorted(odd))}."
            return
        matched = f"from ours inner join theirs using ({', '.join(key)})"
        rows = len(ours), len(theirs), len(duckdb.sql(f"select ours.uscc {matched}"))
        if not rows[0] or len(set(rows)) > 1:
            yield f"{table}: {rows[0]:,} rows published, {rows[1]:,} by hand, of which {rows[2]:,} match."
        for column, kind in zip(ours.columns, map(str, ours.types), strict=True):
            if column in LEFT_OUT[table]:
                continue
            a, b = f"ours.{column}", f"theirs.{column}"
            near = f"or abs({a} - {b}) <= 1e-9 * greatest(abs({a}), abs({b}))" if kind == "DOUBLE" else ""
            differ = f"{matched} where not coalesce({a} is not distinct from {b} {near}, false)"
            if found := duckdb.sql(f"select {', '.join(key)}, {a}, {b} {differ} order by all").fetchall():
                *row, one, another = found[0]
                yield (
                    f"{column} of {table} differs in {len(found):,} rows: {', '.join(row)} has {one} "
                    f"published and {another} by hand."
                )


def tell(size: int, costs: dict[str, Cost]) -> dict[str, Cost]:
    """The costs, having printed them."""
    for way, cost in costs.items():
        told = f"{size:>9,} enterprises  {way:<18} {cost.seconds:7.1f} s  {cost.cpu:7.1f} s of CPU"
        print(f"{told}  {cost.memory / GIB:5.2f} GiB  {cost.failure}", flush=True)
    return costs


def write_report(costs: dict[int, dict[str, Cost]], steps: dict[int, dict[str, Cost]]) -> None:
    """Put tables and chart in the place of what stands between the marks in README.md, and beside it."""
    series = {
        way: {size: of[way] for size, of in costs.items() if way in of and not of[way].failure}
        for way in (RUN, *BY_HAND)
    }
    svg = chart(
        {
            "seconds": {way: {n: c.seconds for n, c in of.items()} for way, of in series.items()},
            "GiB of all processes together": {
                way: {n: c.memory / GIB for n, c in of.items()} for way, of in series.items()
            },
        }
    )
    (HERE / "run_year.svg").write_text(svg, encoding="utf-8")
    readme = HERE / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    report = "\n".join(_report(costs, steps, series))
    readme.write_text(f"{before}{BEGIN}\n{report}\n\n{END}{after}", encoding="utf-8")


def _report(
    costs: dict[int, dict[str, Cost]], steps: dict[int, dict[str, Cost]], series: dict[str, dict[int, Cost]]
) -> Iterator[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    tools = ", ".join(f"{tool} {version(tool)}" for tool in ("duckdb", "pandas", "dagster", "dbt-core"))
    yield f"Measured on {datetime.now(UTC):%Y-%m-%d} with {os.cpu_count()} cores and {memory:.1f} GiB:"
    yield f"mujun {version('mujun')}, {tools}."
    yield ""
    yield "| enterprises | | s | s of CPU | GiB | times pandas' s | growth of CPU |"
    yield "|--:|---|--:|--:|--:|--:|--:|"
    for size, of in costs.items():
        for way, cost in of.items():
            if cost.failure:
                yield f"| {size:,} | {way} | did not finish | | | | |"
                continue
            pandas = of.get(PANDAS)
            times = f"{cost.seconds / pandas.seconds:.1f}" if pandas and not pandas.failure else ""
            smaller = [pair[0] for pair in pairwise(sorted(series[way])) if pair[1] == size]
            growth = [log(cost.cpu / series[way][n].cpu) / log(size / n) for n in smaller]
            figures = f"{cost.seconds:.1f} | {cost.cpu:.1f} | {cost.memory / GIB:.2f} | {times}"
            yield f"| {size:,} | {way} | {figures} | {''.join(f'{exponent:.2f}' for exponent in growth)} |"
    for size, of in costs.items():
        for way, cost in of.items():
            if cost.failure:
                compared = ", so what is by hand was compared with nothing" if way == RUN else ""
                yield ""
                yield f"{size:,} enterprises, {way}: after {cost.seconds:.0f} s {cost.failure}{compared}."
    yield ""
    yield "![The same as a chart](run_year.svg)"
    yield ""
    yield "The steps of `mujun run`; the rest is its start and its end."
    yield ""
    yield "| enterprises | step | s | s of CPU | GiB |"
    yield "|--:|---|--:|--:|--:|"
    for size, of in steps.items():
        for step, cost in of.items():
            yield f"| {size:,} | {step} | {cost.seconds:.1f} | {cost.cpu:.1f} | {cost.memory / GIB:.2f} |"


if __name__ == "__main__":
    main()
