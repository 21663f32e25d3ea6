"""How long intake takes over large files, and how much memory, beside plain pandas.

100,000 statistics rows from .xlsx (goal: 6 s); 1,000,000 tax rows from a GB18030 CSV (goal: 8 s on 2 cores);
under 2 GiB. pandas only reads the cells as text; intake also archives, converts, judges, answers and lands.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from orchestration.intake import run_intake
from orchestration.intake.contract import Column, Contract, load_contract
from orchestration.policy import load_policy
from orchestration.settings import FEEDS, policy_folder

YEAR = 2024
CONTRACT = load_contract(FEEDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statistics", type=int, default=100_000, help="rows of the .xlsx")
    parser.add_argument("--tax", type=int, default=1_000_000, help="rows of the .csv")
    parser.add_argument("--measure", nargs=3, metavar=("HOW", "FILE", "HOME"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        how, file, home = arguments.measure
        return _measure(how, Path(file), Path(home))
    with tempfile.TemporaryDirectory(prefix="mujun-benchmark-") as folder:
        inbox = Path(folder) / "inbox"
        files = {
            "statistics": _workbook(inbox, arguments.statistics),
            "tax": _csv(inbox, arguments.tax),
        }
        for department, file in files.items():
            print(f"{file.name}  {file.stat().st_size / 2**20:.0f} MiB")
            for how in ("intake", "again", "pandas"):
                # a process each, so that the memory is that of this reading alone
                command = [sys.executable, __file__, "--measure", how, str(file), f"{folder}/{department}"]
                subprocess.run(command, check=True)
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def _measure(how: str, file: Path, home: Path) -> None:
    began = time.perf_counter()
    if how == "pandas":
        import pandas as pd

        if file.suffix == ".csv":
            rows = len(pd.read_csv(file, encoding="gb18030", dtype=str, keep_default_na=False))
        else:
            rows = len(pd.read_excel(file, engine="calamine", header=1, dtype=str))
    else:
        policy = load_policy(policy_folder())
        result = run_intake(
            year=YEAR,
            inbox=file.parents[2],
            home=home,
            contract=_only(file),
            counties=policy.counties,
            retired=policy.retired_counties,
        )
        rows = sum(outcome.rows_accepted for outcome in result.files)
    seconds = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    memory = sum(usage.ru_maxrss for usage in used) / 2**20
    processor = sum(usage.ru_utime + usage.ru_stime for usage in used)
    print(f"  {how:<8}{seconds:6.1f} s  {processor:6.1f} s of CPU  {memory:5.2f} GiB  {rows:,} rows")


def _only(file: Path) -> Contract:
    """The contract with the department of `file` alone."""
    department = file.parents[1].name
    return replace(CONTRACT, departments={department: CONTRACT.departments[department]})


def _workbook(inbox: Path, rows: int) -> Path:
    import xlsxwriter

    path = _path(inbox, "enterprise_statistics", ".xlsx")
    columns = CONTRACT.feeds["enterprise_statistics"].columns.values()
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("企业主要指标")
    sheet.write_row(0, 0, ["重庆市2024年企业主要指标"])
    sheet.write_row(1, 0, [column.label for column in columns])
    for number, row in enumerate(_rows(list(columns), rows), start=2):
        sheet.write_row(number, 0, row)
    book.close()
    return path


def _csv(inbox: Path, rows: int) -> Path:
    path = _path(inbox, "tax_payments", ".csv")
    columns = list(CONTRACT.feeds["tax_payments"].columns.values())
    with path.open("w", encoding="gb18030", newline="") as stream:
        stream.write(",".join(column.label for column in columns) + "\r\n")
        for row in _rows(columns, rows):
            stream.write(
                ",".join(f'"{cell:,.2f}"' if type(cell) is float else str(cell) for cell in row) + "\r\n"
            )
    return path


def _path(inbox: Path, feed: str, suffix: str) -> Path:
    folder = inbox / CONTRACT.feeds[feed].department / str(YEAR)
    folder.mkdir(parents=True)
    return folder / f"{CONTRACT.feeds[feed].label}{suffix}"


def _rows(columns: list[Column], rows: int) -> Iterator[list[object]]:
    chance = random.Random(1)
    for number in range(rows):
        yield [_cell(column, number, chance) for column in columns]


def _cell(column: Column, number: int, chance: random.Random) -> object:
    if column.type == "number":
        return round(chance.random() * 1e6, 2)
    if column.type == "integer":
        return chance.randrange(500)
    if column.choices:
        return chance.choice(list(column.choices))
    if column.reference:
        return 500101
    return f"91500{number:013d}" if column.type == "code" else f"重庆第{number}机械制造有限公司"


if __name__ == "__main__":
    main()
