"""What the command says of a finished run: classes, findings, where the release is."""

from __future__ import annotations

import duckdb
from rich.console import Console
from rich.table import Table

from expectations.catalogue import load_catalogue
from orchestration.release.catalog import Release

_CLASSES = ("a", "b", "c", "d", "d_vetoed", "transition")


def show_release(console: Console, release: Release) -> None:
    """Print the class counts, the findings per rule, the folder and a line of SQL to try."""
    with duckdb.connect(str(release.path / "release.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            f"select {', '.join(f'coalesce(sum({name}), 0)::integer' for name in _CLASSES)} from class_count"
        ).fetchall()[0]
        findings = connection.execute(
            "select rule_id, severity, count(*), count(*) filter (waived) from finding group by all order by all"
        ).fetchall()
    classes = Table(title=f"{release.year} {release.manifest['stage']}", title_justify="left")
    for heading in ("A", "B", "C", "D", "D (vetoed)", "transition"):
        classes.add_column(heading, justify="right")
    classes.add_row(*(f"{count:,}" for count in counts))
    console.print(classes)
    show_findings(console, findings)
    console.print(f"Release  {release.path}", soft_wrap=True, highlight=False)
    if not release.manifest["for_publication"]:
        console.print("         A draft, for the counties to check: not for publication.")


def show_findings(console: Console, findings: list[tuple[str, str, int, int]]) -> None:
    """Print how many findings each rule has: (rule, severity, findings, of which waived)."""
    if not findings:
        console.print("No findings: every rule that applies holds.")
        return
    rules = load_catalogue()
    table = Table(title="Findings", title_justify="left")
    for heading, justify in (("rule", "left"), ("severity", "left"), ("findings", "right"), ("waived", "right")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("what must hold")
    for rule_id, severity, count, waived in findings:
        style = "red" if severity == "error" and waived < count else None
        table.add_row(rule_id, severity, f"{count:,}", f"{waived:,}" if waived else "", rules[rule_id].zh, style=style)
    console.print(table)
