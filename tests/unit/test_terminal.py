"""What a name or a cell can do to a terminal: nothing."""

from __future__ import annotations

import io
import logging
import re

import dagster as dg
import pytest
from rich.table import Table

from orchestration.jobs import plain_lines
from orchestration.terminal import Terminal, visible

HOSTILE = {
    "tax_payments[final].csv": "tax_payments[final].csv",
    "[/bold]": "[/bold]",
    "甲:smile:.csv": "甲:smile:.csv",
    "a.csv\nrelease   2024/r001-final": "a.csv\\nrelease   2024/r001-final",
    "\x1b[2K\x1b[1Aall well": "\\x1b[2K\\x1b[1Aall well",
    "a\u202evsc.x": "a\\u202evsc.x",
    "零\u200b宽\u2028行": "零\\u200b宽\\u2028行",
    "全角　空格": "全角　空格",
    "\udcff": "\\udcff",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_and_not_obeyed(text: str) -> None:
    shown = io.StringIO()
    terminal = Terminal(file=shown, width=200, force_terminal=True, color_system="standard")
    table = Table(text)
    table.add_column("head", footer=text)
    table.add_row(text, "x", style="red")
    terminal.print(table)
    terminal.print(text, soft_wrap=True, highlight=False)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.getvalue())
    assert plain.count(HOSTILE[text]) == 3
    assert "\x1b" not in plain
    assert len(plain.splitlines()) == 6


def test_what_an_asset_says_is_one_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "", None, None)
    record.dagster_meta = {"orig_message": "refused   tax/a\nrelease   [b]\x1b[0m"}
    logger = plain_lines.logger_fn(dg.build_init_logger_context())
    assert logger.handlers[0].format(record) == "refused   tax/a\\nrelease   [b]\\x1b[0m"


def test_ordinary_text_stays_as_it_is() -> None:
    assert visible("tax/2024/税收入库_渝北 (2).csv：退回。") == "tax/2024/税收入库_渝北 (2).csv：退回。"
