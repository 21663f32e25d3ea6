"""A sheet of text as it is shown in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from orchestration.presentation.explain_sheet import Block, Facts, Sheet, Table
from orchestration.terminal import shown

_WIDE = 110  # columns of a terminal in which long texts, or two halves of a table, fit side by side


def print_sheet(console: Console, sheet: Sheet) -> None:
    """Print a sheet to the terminal."""
    console.print(Panel(_plain("\n".join([sheet.title, sheet.stage, sheet.basis])), expand=False))
    console.print(_grid(sheet.identity))
    console.print()
    for sentence in sheet.verdict:
        console.print(_plain(sentence, "bold"))
    for number, section in enumerate(sheet.sections, start=1):
        title, clause = _plain(f"{number}. {section.title}", "bold"), _plain(section.clause, "dim")
        console.print()
        console.print(Text.assemble(title, "  ", clause))
        for block in section.blocks:
            _print_block(console, block)


def _print_block(console: Console, block: Block) -> None:
    match block:
        case str():
            console.print(_plain(block))
        case Facts():
            if block.title:
                console.print(_plain(block.title, "underline"))
            console.print(Padding(_grid(block), (0, 0, 0, 2)))
        case Table():
            roomy = console.width >= _WIDE
            halves = _halves(block.rows) if block.narrow and roomy else [block.rows]
            if block.title:
                console.print(_plain(block.title, "italic"))
            if block.wide and not roomy:
                for row in block.rows:
                    record = Facts(list(zip(block.headings, row, strict=True)))
                    console.print(Padding(_grid(record), (0, 0, 1, 2)))
            else:
                console.print(Columns([_ruled(block, rows) for rows in halves]))


def _plain(text: str, style: str = "") -> Text:
    """Text as it is: what a name says in it is never taken for markup."""
    return Text(shown(text), style)


def _grid(facts: Facts) -> RichTable:
    grid = RichTable.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in facts.lines:
        grid.add_row(_plain(label), _plain(text))
    return grid


def _ruled(table: Table, rows: Sequence[Sequence[str]]) -> RichTable:
    ruled = RichTable()
    for place, heading in enumerate(table.headings):
        ruled.add_column(
            _plain(heading), justify="right" if place in table.numbers else "left", overflow="fold"
        )
    for row in rows:
        ruled.add_row(*map(_plain, row))
    return ruled


def _halves(rows: Sequence[Sequence[str]]) -> list[Sequence[Sequence[str]]]:
    middle = (len(rows) + 1) // 2
    return [half for half in (rows[:middle], rows[middle:]) if half]
