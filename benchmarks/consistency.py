"""How long all rules take, beside the same rules as SQL: `python benchmarks/consistency.py 7500 500000`.

Great Expectations judges as in `mujun run`: every rule's rows are laid out, judged and recorded, with the
library loaded before. The SQL counts the rows that break each rule where they lie, and keeps nothing. Last
year's release is the year itself, so that the year-on-year rules have as many rows to look at as there are.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.catalogue import WAIVERS, Expectation, Rule, load_catalogue
from expectations.judge import judge, warm_up
from expectations.verdicts import Status, Verdict
from orchestration.judgement import lay_out_frames, record, request
from orchestration.policy import load_policy
from orchestration.release.compared import Compared
from orchestration.release.register import newest
from orchestration.run_inputs import land_compared
from orchestration.settings import Home, policy_folder

PROJECT = Path(__file__).parent.parent
YEAR = 2024
AS_OF = date(2025, 6, 1)
_BRACKETS = "〔【[{〈《「『〖〕】]}〉》」』〗（）"
_SAME_BRACKETS = "(((((((((" + ")))))))))" + "()"


def main(sizes: list[int]) -> None:
    warm_up()
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="mujun-benchmark-") as folder:
            home = evaluated(size, Path(folder))
            measure(size, home)
            subprocess.run(["chmod", "-R", "u+w", folder], check=True)


def evaluated(size: int, folder: Path) -> Home:
    """A home in which a year of `size` enterprises was evaluated."""
    script, inbox = PROJECT / "data/samples/generate.py", folder / "inbox"
    generate: list[str | Path] = [sys.executable, script, "--out", inbox, "--plain"]
    subprocess.run([*generate, "--enterprises", str(size), "--years", str(YEAR)], check=True)
    home = Home(folder / "home")
    run: list[str | Path] = [Path(sys.executable).with_name("mujun"), "run", "--year", str(YEAR)]
    command = [*run, "--as-of", AS_OF.isoformat(), "--inbox", inbox, "--home", home.path]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    release = newest(home, YEAR, "draft")
    assert release is not None  # it was just made
    policy = load_policy(policy_folder())
    land_compared(home.landing, YEAR, Compared(previous=release, base=None, notice=None), policy)
    return home


def measure(size: int, home: Home) -> None:
    """Judge the year in `home` in both ways, and print how long it took."""
    rules = list(load_catalogue().values())
    frames = home.path / "warehouse" / "frames"
    with duckdb.connect(str(home.warehouse)) as warehouse:
        started = time.perf_counter()
        lay_out_frames(warehouse, rules, frames)
        laid_out = time.perf_counter()
        asked = request(warehouse, rules, frames, AS_OF)
        verdicts = judge(asked)
        judged = time.perf_counter()
        record(warehouse, home, YEAR, "draft", AS_OF, verdicts)
        recorded = time.perf_counter()
        breaches = dict(broken_rows(warehouse, rules, asked.tolerances))
        counted = time.perf_counter()
    by_gx, by_sql = recorded - started, counted - recorded
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    rows = sum(verdict.checked for verdict in verdicts)
    print(f"{size:>9,} enterprises, {rows:,} rows examined, {peak:.2f} GiB at most")
    print(f"{'':>11}Great Expectations {by_gx:6.2f} s", end="")
    print(f": rows laid out {laid_out - started:.2f}, judged {judged - laid_out:.2f}, ", end="")
    print(f"recorded with their sources {recorded - judged:.2f}")
    print(
        f"{'':>11}plain SQL          {by_sql:6.2f} s; Great Expectations takes {by_gx / by_sql:.1f} times it"
    )
    for difference in differences(verdicts, breaches):
        print(f"{'':>11}{difference}")


def differences(verdicts: list[Verdict], breaches: Mapping[str, int]) -> Iterator[str]:
    """Where the two ways do not find the same."""
    for verdict in verdicts:
        if verdict.status == Status.COULD_NOT_RUN:
            yield f"{verdict.rule_id} could not run: {verdict.reason}"
        elif verdict.validation and verdict.rule_id in breaches:
            found, rows = len(verdict.findings), breaches[verdict.rule_id]
            if bool(found) != bool(rows):
                yield f"{verdict.rule_id}: {found} findings, but {rows} rows by SQL"


def broken_rows(
    warehouse: duckdb.DuckDBPyConnection, rules: list[Rule], tolerances: Mapping[str, Mapping[str, float]]
) -> Iterator[tuple[str, int]]:
    """How many rows break each rule, by SQL alone. Rules about waivers look at findings, not at rows."""
    for rule in rules:
        if rule.family != WAIVERS:
            holds = " and ".join(
                f"coalesce({condition(expectation, tolerances.get(rule.id, {}))}, false)"
                for expectation in rule.expect
            )
            looked_at = f"select count(*) from {rule.of} where ({rule.where or 'true'})"
            count = warehouse.execute(f"{looked_at} and not ({holds})").fetchall()
            yield rule.id, count[0][0]


def condition(expectation: Expectation, tolerances: Mapping[str, float]) -> str:
    """An expectation as a condition of SQL."""
    given: dict[str, Any] = {
        name: tolerances[value[1:]] if isinstance(value, str) and value.startswith("$") else value
        for name, value in expectation.kwargs.items()
    }
    a, b = given.get("column_A") or given.get("column"), given.get("column_B")
    match expectation.type:
        case "expect_figures_to_agree":
            base = f"greatest(abs({a}), abs({b}))" if given.get("tolerance_of") else f"abs({b})"
            within = _at_most(f"abs({a} - {b})", f"{given.get('tolerance', 0)} * {base}")
            holds = f"({_equal(a, b)} or {within})"
        case "expect_figure_not_to_exceed":
            holds = _at_most(a, f"{b} * {given.get('share', 1)} * (1 + {given.get('tolerance', 0)})")
        case "expect_figure_to_be_within_factor":
            factor = given["factor"]
            holds = f"({_at_most(a, f'{b} * {factor}')} and {_at_most(b, f'{a} * {factor}')})"
        case "expect_figure_to_be_in_range":
            bounds = [f"{a} is not null"]
            if "at_least" in given:
                bounds.append(_at_most(given["at_least"], a))
            if "above" in given:
                bounds.append(f"not {_at_most(a, given['above'])}")
            if "at_most" in given:
                bounds.append(_at_most(a, given["at_most"]))
            holds = f"({' and '.join(bounds)})"
        case "expect_names_to_agree":
            holds = f"({a} = {b} or {_plain(a)} = {_plain(b)})"
        case "expect_values_to_differ":
            holds = f"{a} <> {b}"
        case "expect_column_pair_values_to_be_equal":
            holds = f"{a} = {b}"
        case "expect_column_pair_values_a_to_be_greater_than_b":
            holds = f"{a} {'>=' if given.get('or_equal') else '>'} {b}"
        case "expect_column_values_to_not_be_null":
            holds = f"{a} is not null"
        case "expect_column_values_to_be_null":
            holds = f"{a} is null"
        case "expect_column_values_to_be_in_set" | "expect_column_values_to_not_be_in_set" as name:
            listed = ", ".join(repr(value) for value in given["value_set"])
            holds = f"{a} {'not in' if 'not' in name else 'in'} ({listed})"
        case other:
            raise NotImplementedError(other)
    if where := given.get("row_condition"):
        where = where.replace("==", "=").replace('"', "'")
        return f"(not ({where}) or {holds})"
    return holds


def _equal(a: object, b: object) -> str:
    return f"({a} = {b} or abs({a} - {b}) < 1e-9 * greatest(abs({a}), abs({b})))"


def _at_most(a: object, b: object) -> str:
    return f"({a} <= {b} or {_equal(a, b)})"


def _plain(name: object) -> str:
    return f"regexp_replace(translate({name}, '{_BRACKETS}', '{_SAME_BRACKETS}'), '\\s', '', 'g')"


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [7_500, 500_000])
