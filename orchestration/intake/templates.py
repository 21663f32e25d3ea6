"""A workbook per feed for the departments to fill in, made from the contract.

Belongs here: the templates. Does not: reading them when they come back (any other file is read the same way).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.intake.contract import Column as FeedColumn
from orchestration.intake.contract import Contract, Feed
from orchestration.intake.due_days import DueDay, DueDays
from orchestration.intake.example_row import MARK, example_cells
from orchestration.intake.values import is_blank
from orchestration.workbooks import Book, Column, Table, height_of, lines_of

_ROWS = 20_000  # that drop-downs and formats reach
_EXAMPLE_ROW = 3  # Excel's number: below the title and the header
_TEXT = "@"
_FORMATS = {"number": "#,##0.00##", "integer": "0", "date": "yyyy-mm-dd"}
_REQUIRED, _OPTIONAL = "#FFE699", "#DDEBF7"
_TYPES = {
    "text": "文字",
    "code": "代码（文本格式）",
    "choice": "选项",
    "number": "数字",
    "integer": "整数",
    "date": "日期",
    "boolean": "是/否",
}


def write_templates(
    out: Path, contract: Contract, counties: Mapping[str, str], year: int, due: DueDays | None = None
) -> list[Path]:
    """Write `<feed label>.xlsx` of `year` for every feed into `out`; `counties`: its codes → name; `due`:
    when each feed is due."""
    contract = contract.for_year(year)
    out.mkdir(parents=True, exist_ok=True)
    return [
        _write_template(
            out / f"{feed.label}.xlsx", feed, contract, counties, year, (due or {}).get(feed.name, ())
        )
        for feed in contract.feeds.values()
    ]


def _write_template(
    path: Path,
    feed: Feed,
    contract: Contract,
    counties: Mapping[str, str],
    year: int,
    due: Sequence[DueDay],
) -> Path:
    book = Book(path, title=_title(feed, contract, year), handling="")
    book.add(_to_fill_in(feed, contract, len(counties), year))
    _explain(book, feed, contract, year, due)
    if any(column.reference for column in feed.columns.values()):
        columns = [Column("代码", figure=_TEXT, width=16), Column("名称", figure=_TEXT, width=16)]
        book.add(Table("区县代码", columns, list(counties.items()), landscape=False))
    book.close()
    return path


def _to_fill_in(feed: Feed, contract: Contract, counties: int, year: int) -> Table:
    """The table that a department fills in, with its example."""
    texts = example_cells(feed)
    columns = []
    for column in feed.columns.values():
        label = labelled(column, contract)
        columns.append(
            Column(
                label,
                figure=_FORMATS.get(column.type, _TEXT),
                width=max(14, 2 * len(label) + 2, len(texts[column.name]) + 8),
                colour=_REQUIRED if column.required else _OPTIONAL,
                note="\n".join(_about(column, contract.unit_names)),
                **_allowed(column, counties),
            )
        )
    return Table(
        feed.label,
        columns,
        [[_example(column, texts[column.name]) for column in feed.columns.values()]],
        above=_title(feed, contract, year),
        examples=True,
        blank_rows=_ROWS,
    )


def labelled(column: FeedColumn, contract: Contract) -> str:
    """The label of a column with its unit: 增值税(元)."""
    if column.unit is None or column.label.endswith((")", "）")):
        return column.label
    return f"{column.label}({contract.unit_names[column.unit]})"


def _title(feed: Feed, contract: Contract, year: int) -> str:
    """What stands above the table: its name, its year, who delivers it, and the unit of its amounts."""
    money = {c.unit for c in feed.columns.values() if c.unit and contract.dimension(c.unit) == "money"}
    unit = f"，金额单位：{contract.unit_names[money.pop()]}" if len(money) == 1 else ""
    return f"{year}年度{feed.label}（{contract.departments[feed.department]}报送{unit}）"


def _example(column: FeedColumn, text: str) -> Any:
    """A cell of the example row."""
    if is_blank(text):
        return None
    if column.type in ("number", "integer"):
        return float(text)
    return dt.date.fromisoformat(text) if column.type == "date" else text


def _allowed(column: FeedColumn, counties: int) -> dict[str, Any]:
    """What Excel allows in the column: `choices` from a list, or as `rule` a kind of number."""
    if column.choices:
        return {"choices": list(column.choices)}
    if column.type == "boolean":
        return {"choices": ["是", "否"]}
    if column.reference:
        return {"choices": f"=区县代码!$A$2:$A${counties + 1}"}
    # a warning, not a stop: a dash for blank is allowed
    asked = {
        "error_type": "warning",
        "error_title": column.label,
        "error_message": f"请填写{_TYPES[column.type]}。",
    }
    if column.type in ("number", "integer"):
        kind = "integer" if column.type == "integer" else "decimal"
        least = {"criteria": ">=", "value": -1e15 if column.signed else 0}
        return {"rule": asked | {"validate": kind} | least}
    if column.type == "date":
        return {"rule": asked | {"validate": "date", "criteria": ">=", "value": dt.date(1949, 10, 1)}}
    return {}


def _about(column: FeedColumn, units: Mapping[str, str]) -> list[str]:
    """What there is to know for filling in a column."""
    if column.required:
        blank = "必填"
    elif column.blank_is is not None:
        blank = f"可不填；不填表示“{column.blank_is}”"
    else:
        blank = "可不填；不填表示没有或不适用"
    about = [f"{_TYPES[column.type]}；{blank}。"]
    if column.unit:
        about.append(f"单位：{units[column.unit]}。")
    if column.choices:
        about.append(f"选项：{'、'.join(column.choices)}。")
    if column.reference:
        about.append("取自“区县代码”工作表。")
    if column.type in ("number", "integer") and column.signed:
        about.append("可以为负数。")
    if column.hint:
        about.append(f"{column.hint}。")
    return about


def _explain(book: Book, feed: Feed, contract: Contract, year: int, due: Sequence[DueDay]) -> None:
    """The sheet that says how to fill in the other one. Each label has a row, so that it is no header."""
    widths = (30, 90)
    sheet = book.sheet("填写说明", widths)
    style = book.style(text_wrap=True, valign="top")
    key = "、".join(feed.columns[name].label for name in feed.key)
    lines = [
        ("报送单位", contract.departments[feed.department]),
        *([("报送期限", "；".join(map(str, due)))] if due else []),
        ("文件名", f"以“{feed.label}”开头，如 {feed.label}_渝北区.xlsx；可按区县分成几个文件。"),
        ("改正", "改好后以原文件名重新提交，覆盖原文件。"),
        ("评价年度", f"{year}年。区县代码为{year}年末有效的代码。"),
        ("单位", "按列名括号中的单位填写，不要改用其他单位（如把“元”改成“万元”）；系统不会换算。"),
        (
            "示例行",
            f"“{feed.label}”表第{_EXAMPLE_ROW}行以“{MARK}”开头，不会读入；原样保留或整行删除，不要只改几格。",
        ),
        ("合计行", f"在“{feed.columns[feed.key[0]].label}”列写“合计”或“总计”的行不会读入。"),
        ("不能重复", f"{key}相同的行只能有一行。"),
        ("几个工作表", "可以每个区县一个工作表，表头都要完整，系统一并读取；同一条数据只能在其中一个里。"),
        ("不要合并", "数据区不要合并单元格；单元格不要设成按千、按万显示的格式或百分比格式。"),
        ("没有数据", "留空，或填 - 、— 、/ 。不要填“无”“…”“约”等文字。"),
        ("表头颜色", "黄色为必填列，蓝色为可不填的列；列的顺序可以调整，但不能删除。"),
    ]
    lines += [
        (labelled(column, contract), "".join(_about(column, contract.unit_names)))
        for column in feed.columns.values()
    ]
    for row, pair in enumerate(lines):
        sheet.set_row(row, height_of(max(map(lines_of, pair, widths))))
        for place, text in enumerate(pair):
            sheet.write_string(row, place, text, style)
