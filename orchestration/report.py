"""What the command says of a finished run: classes, findings, where the release is."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
from rich.table import Table

from expectations.verdicts import Status
from orchestration.intake.contract import Contract
from orchestration.intake.status import FeedStatus
from orchestration.judgement import rules_that_tell
from orchestration.release.log import ReleaseLog
from orchestration.release.reading import DATABASE, open_release
from orchestration.release.register import Release
from orchestration.settings import Home
from orchestration.terminal import Terminal

_CLASSES = {"A": "a", "B": "b", "C": "c", "D": "d", "D (vetoed)": "d_vetoed", "transition": "transition"}
_TRY = "select county_name, enterprise_name, total_score from enterprise_result where class = 'A' limit 10"


def show_release(console: Terminal, home: Home, release: Release) -> None:
    """Print the class counts, the findings per rule, the folder and a line of SQL to try."""
    with open_release(release.path) as connection:
        sums = ", ".join(f"coalesce(sum({column}), 0)::integer" for column in _CLASSES.values())
        counts = connection.execute(f"select {sums} from class_count").fetchall()[0]
    classes = Table(title=f"{release.year} {release.manifest['stage']}: enterprises", title_justify="left")
    for heading in _CLASSES:
        classes.add_column(heading, justify="right")
    classes.add_row(*(f"{count:,}" for count in counts))
    console.print(classes)
    show_findings(console, home, release.year)
    console.print(f"Release  {release.path}", soft_wrap=True, highlight=False)
    manifest = release.manifest
    if not manifest["for_publication"]:
        console.print("         A draft, for the counties to check: not for publication.")
    if stands := manifest["stands_beside"]:
        console.print(f"         It stands beside {stands}, which `current` goes on to name.")
    console.print(f"Log      {ReleaseLog.load(home).head}", soft_wrap=True, highlight=False)
    client = shutil.which("duckdb") or Path(sys.executable).with_name("duckdb")
    database = release.path / DATABASE
    tried = shlex.join([str(client), "-readonly", str(database)])
    console.print(f'Try      {tried} "{_TRY}"', soft_wrap=True, highlight=False)


def show_findings(console: Terminal, home: Home, year: int) -> None:
    """Print how many findings each rule has in the recorded judgement of `year`, most urgent first, and which
    rules could not run."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        verdicts = rules_that_tell(connection, year)
    if not verdicts:
        console.print("No findings: every rule that applies holds.")
        return
    table = Table(title="Findings", title_justify="left")
    for heading in ("rule", "severity"):
        table.add_column(heading, no_wrap=True)
    for heading in ("findings", "waived"):
        table.add_column(heading, justify="right")
    table.add_column("what must hold", overflow="fold")
    table.add_column("to be mended by", overflow="fold")
    for verdict in verdicts:
        could_not_run = verdict["status"] == Status.COULD_NOT_RUN
        stands = verdict["severity"] == "error" and verdict["waived"] < verdict["findings"]
        table.add_row(
            verdict["rule_id"],
            "could not run" if could_not_run else verdict["severity"],
            "" if could_not_run else f"{verdict['findings']:,}",
            f"{verdict['waived']:,}" if verdict["waived"] else "",
            verdict["reason"] if could_not_run else verdict["must_hold"],
            ", ".join(verdict["mend_by"] or ()),
            style="red" if stands or could_not_run else "dim" if verdict["status"] == Status.WAIVED else None,
        )
    console.print(table)


def show_status(console: Terminal, contract: Contract, feeds: Sequence[FeedStatus]) -> None:
    """Print, per department and feed, when it is due, each file with its verdict, since when, and what is
    missing."""
    for department, label in contract.departments.items():
        table = Table(title=f"{label}  {department}", title_justify="left")
        table.add_column("feed", no_wrap=True)
        table.add_column("due", no_wrap=True)
        table.add_column("file", overflow="fold")
        table.add_column("since", no_wrap=True)
        table.add_column("verdict", no_wrap=True)
        table.add_column("rows", justify="right")
        table.add_column("set aside", justify="right")
        for feed in feeds:
            if feed.department != department:
                continue
            name = feed.feed.label if feed.feed else "（不属于任何数据表）"
            due = "\n".join(map(str, feed.due))
            if feed.missing:
                table.add_row(name, due, "", "", "缺", "", "", style="red")
            elif not feed.files:
                table.add_row(name, due, "", "", "未要求" if not feed.needed else "", "", "", style="dim")
            for file in feed.files:
                table.add_row(
                    name,
                    due,
                    file.file_name,
                    f"{file.since.astimezone():%Y-%m-%d %H:%M}",
                    file.verdict,
                    f"{file.rows_accepted:,}",
                    f"{file.rows_quarantined:,}" if file.rows_quarantined else "",
                    style="red" if file.status == "rejected" else None,
                )
                name = due = ""
        console.print(table)
