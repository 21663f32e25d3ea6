"""How many simulations at once does a machine carry? `python benchmarks/simulations.py 7500 1 2 4 8`.

Of a city of so many enterprises, each simulates one changed figure of the year, while a run publishes the
next release. All must end well. `--inbox FOLDER` takes drops that are there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
from run_year import GIB, HERE, YEAR, measured

_MUJUN = Path(sys.executable).with_name("mujun")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(" `")[0])
    parser.add_argument("enterprises", type=int)
    parser.add_argument("counts", type=int, nargs="+", help="how many simulations at once")
    parser.add_argument("--inbox", type=Path)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)  # of the command that is measured
    arguments = parser.parse_args()
    if arguments.home:
        at_once(arguments.inbox, arguments.home, *arguments.counts)
        return
    with tempfile.TemporaryDirectory(prefix="mujun-simulations-") as folder:
        try:
            inbox = arguments.inbox or Path(folder) / "inbox"
            if not arguments.inbox:
                made = [sys.executable, HERE.parent / "data/samples/generate.py", "--out", inbox, "--plain"]
                subprocess.run(
                    [*made, "--enterprises", str(arguments.enterprises), "--years", str(YEAR)], check=True
                )
            home = Path(folder) / "home"
            publish(inbox, home, "draft")
            for count in arguments.counts:
                again = [sys.executable, __file__, str(arguments.enterprises), str(count)]
                cost, _ = measured([*again, "--inbox", inbox, "--home", home], Path(folder))
                if cost.failure:
                    raise SystemExit(f"{count} at once: {cost.failure}")
                said = (Path(folder) / "said.txt").read_text("utf-8").strip().split("\n")[-1]
                print(f"{said}; {cost.cpu:.0f} s of CPU, {cost.memory / GIB:.1f} GiB over all processes")
        finally:
            subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def at_once(inbox: Path, home: Path, count: int) -> None:
    """So many simulations and a run, from the first's start to the last's end; says how long each took."""
    release = max((home / "releases" / str(YEAR)).glob("r*"))
    with duckdb.connect(str(release / "release.duckdb"), read_only=True) as connection:
        units = connection.execute(
            "select uscc, county_code, tax from enterprise_result where tax > 0 order by all limit ?", [count]
        ).fetchall()
    changes = []
    for number, (uscc, county_code, tax) in enumerate(units):
        changes.append(home.parent / f"change{number}.csv")
        changes[-1].write_text(
            f"uscc,county_code,figure,value\n{uscc},{county_code},tax,{tax * 1.1}\n", "utf-8"
        )
    with ThreadPoolExecutor(count + 1) as pool:
        run = pool.submit(publish, inbox, home, ("draft", "notice")[release.name.endswith("draft")])
        seconds = list(pool.map(lambda file: simulate(home, file), changes))
    print(
        f"{count} simulations at once: {min(seconds):.0f} to {max(seconds):.0f} s each, "
        f"and a run beside them {run.result():.0f} s"
    )


def publish(inbox: Path, home: Path, stage: str) -> float:
    return timed("run", "--year", str(YEAR), "--stage", stage, "--inbox", inbox, "--home", home)


def simulate(home: Path, changes: Path) -> float:
    return timed("simulate", "--year", str(YEAR), "--changes", changes, "--home", home)


def timed(*command: str | Path) -> float:
    """How long a command of mujun takes, in seconds. Raises where it fails, with what it said."""
    began = time.perf_counter()
    ended = subprocess.run([_MUJUN, *command], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"mujun {command[0]}: {(ended.stderr or ended.stdout).strip().splitlines()[-1:]}")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
