"""A sheet as it is shown: in the terminal, and as a page that needs nothing else and prints on A4."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from orchestration.presentation.explain_sheet import Block, Facts, Scale, Section, Sheet, Table
from orchestration.terminal import shown

_CSS = Path(__file__).with_suffix(".css")
_WIDE = 110  # columns of a terminal in which long texts, or two halves of a table, fit side by side
_SCALE_WIDTH = 600
_SHORT = 13  # characters of a line that is not broken: a labelled day


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
        case Scale():
            pass  # a drawing: the numbers are said in words


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


def escape(text: str) -> str:
    """Text of a page: no markup, nothing invisible."""
    return html.escape(shown(text))


def page(sheet: Sheet) -> str:
    """A sheet as a page: HTML with its styles in it."""
    sections = "".join(_section(number, part) for number, part in enumerate(sheet.sections, start=1))
    verdict = "".join(f"<p>{escape(sentence)}</p>" for sentence in sheet.verdict)
    badge = f'<p class="badge class-{sheet.class_name}">{sheet.class_name}</p>' if sheet.class_name else ""
    name = dict(sheet.identity.lines)["企业名称"]
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)} {escape(sheet.title)}</title>\n"
        f"<style>\n{_CSS.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f'<header><h1>{escape(sheet.title)}</h1><p class="stage">{escape(sheet.stage)}</p></header>\n'
        f'<div class="verdict">{badge}<div>{verdict}</div></div>\n'
        f"{_facts(sheet.identity)}\n{sections}"
        f"<footer>{escape(sheet.basis)}</footer>\n</body>\n</html>\n"
    )


def _section(number: int, section: Section) -> str:
    blocks = "\n".join(_block(block) for block in section.blocks)
    return (
        f"<section>\n<h2>{number}. {escape(section.title)} <small>{escape(section.clause)}</small></h2>\n"
        f"{blocks}\n</section>\n"
    )


def _block(block: Block) -> str:
    match block:
        case str():
            return f"<p>{escape(block)}</p>"
        case Facts():
            return _facts(block)
        case Table():
            halves = _halves(block.rows) if block.narrow else [block.rows]
            tables = "".join(_table(block, rows) for rows in halves)
            title = f"<h3>{escape(block.title)}</h3>" if block.title else ""
            kind = " narrow" if block.narrow else " wide" if block.wide else ""
            return f'<div class="table{kind}">{title}<div class="halves">{tables}</div></div>'
        case Scale():
            return _scale(block)


def _facts(facts: Facts) -> str:
    title = f"<h3>{escape(facts.title)}</h3>" if facts.title else ""
    lines = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in facts.lines)
    return f'<div class="facts">{title}<dl>{lines}</dl></div>'


def _table(table: Table, rows: Sequence[Sequence[str]]) -> str:
    def kind(place: int, cell: str) -> str:
        if place in table.numbers:
            return " class=number"
        return " class=short" if max(map(len, cell.split("\n"))) <= _SHORT else ""

    def cells(row: Iterable[str], tag: str) -> str:
        return "".join(f"<{tag}{kind(place, cell)}>{escape(cell)}</{tag}>" for place, cell in enumerate(row))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{cells(table.headings, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def _scale(scale: Scale) -> str:
    """A bar from nothing to the maximum, the value filled in, the mean marked."""

    def place(value: float) -> float:
        return round(max(0.0, min(value / scale.maximum, 1.0)) * _SCALE_WIDTH, 1)

    mean = place(scale.mean)
    return (
        f'<svg class="scale" viewBox="0 0 {_SCALE_WIDTH} 26" role="img" '
        f'aria-label="{escape(scale.label)}：实际值、平均值和最大值">'
        f'<rect class="all" y="2" width="{_SCALE_WIDTH}" height="8"/>'
        f'<rect class="own" y="2" width="{place(scale.value)}" height="8"/>'
        f'<line x1="{mean}" x2="{mean}" y1="0" y2="12"/>'
        f'<text x="{max(20.0, min(mean, _SCALE_WIDTH - 60.0))}" y="24">平均值</text>'
        f'<text x="{_SCALE_WIDTH}" y="24" class="end">最大值</text></svg>'
    )
