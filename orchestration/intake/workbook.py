"""Reading a workbook (.xlsx, .xls): the sheet that fits the feed, its cells as text.

Belongs here: what happens inside the child process that reads untrusted workbooks. Does not: its limits and
its life (`worker`), what a cell means (`values`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake import xls_facts, xlsx_facts
from orchestration.intake.header import HEAD_ROWS, Header, Labels, find_header, no_header
from orchestration.intake.raw import (
    Flaw,
    RawFile,
    column_letters,
    gc_paused,
    ignored_columns,
    rows_named,
    to_table,
)
from orchestration.intake.refusal import RefusalError
from orchestration.intake.sheet_facts import SheetFacts
from orchestration.intake.xlsx_facts import open_xlsx

_NAMED = 5
_TIMES = (dt.date, dt.time, dt.timedelta)
_EXACT_BELOW = 1e15  # a spreadsheet keeps 15 digits: a longer whole number has lost its last ones


@dataclass(frozen=True)
class _Sheet:
    name: str
    cells: list[list[Any]]
    header: Header | None
    hidden: bool
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]  # first and last cell, from 0


def cell_text(value: Any) -> str:
    """A cell's value as the text that a CSV would hold: `12`, `0.5`, `2024-03-01`, `TRUE`."""
    kind = type(value)
    if kind is str:
        return value
    if kind is float:
        if value.is_integer():
            return str(int(value)) if abs(value) < _EXACT_BELOW else f"{Decimal(repr(value)):E}"
        return repr(value)
    if kind is bool:
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ") if value.time() != dt.time() else value.date().isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def column_text(cells: Sequence[Any]) -> pa.Array:
    """A column as `cell_text` has it, numbers all at once."""
    kinds = set(map(type, cells))
    if kinds <= {str}:
        return pa.array(cells, pa.string())
    if not kinds <= {str, float}:
        return pa.array([cell if type(cell) is str else cell_text(cell) for cell in cells], pa.string())
    numbers = np.array([np.nan if type(cell) is str else cell for cell in cells])
    whole = (np.floor(numbers) == numbers) & (np.abs(numbers) < _EXACT_BELOW)
    texts = pa.array(np.where(whole, numbers, 0).astype(np.int64)).cast(pa.string())
    if whole.all():
        return texts
    others = [None if exact else cell_text(cell) for cell, exact in zip(cells, whole.tolist(), strict=True)]
    return pc.coalesce(pa.array(others, pa.string()), texts)


def read_workbook(path: Path, suffix: str, labels: Labels) -> tuple[RawFile, pa.Table, list[Flaw]]:
    """Read the workbook at `path`, delivered as `suffix` (.xlsx, .xls); raises RefusalError."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    with gc_paused():
        facts_of = _inspect(path, suffix)
        book = CalamineWorkbook.from_path(path)
        sheets = []
        for meta in book.sheets_metadata:
            if meta.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            cells = sheet.to_python(skip_empty_area=False)
            if any(cell != "" for row in cells for cell in row):
                head = [[cell_text(cell) for cell in row] for row in cells[: HEAD_ROWS + 1]]
                hidden = meta.visible is not SheetVisibleEnum.Visible
                merged = sheet.merged_cell_ranges or []
                sheets.append(_Sheet(meta.name, cells, find_header(head, labels), hidden, merged))
        fitting, header = _the_one_that_fits(sheets)
        facts = facts_of(fitting.name)
        _put_in_errors(facts, fitting.cells)
        flaws = _known_flaws(facts, header)
        columns = list(zip(*fitting.cells[header.row :], strict=True))
        for name, place in header.place_of.items():
            if columns and labels.feed.columns[name].type in ("text", "code"):
                flaws += _dates_for_text(name, columns[place], header.row + 1)
        unlabelled: set[int] = set()
        size = len(fitting.cells) - header.row
        table = to_table(list(map(column_text, columns)), size, header.row + 1, header, unlabelled)
        raw = RawFile(
            place_of=header.place_of,
            header_row=header.row,
            sheet=fitting.name,
            several_sheets=len(sheets) > 1,
            ignored=ignored_columns(header, unlabelled),
            remarks=_remarks(fitting, sheets, facts, header),
        )
        return raw, table, flaws


def _inspect(path: Path, suffix: str) -> Callable[[str], SheetFacts]:
    """Check that the file is what its name says; returns what tells the facts of a sheet."""
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith(b"PK\x03\x04"):
        if suffix != ".xlsx":
            raise RefusalError("扩展名是 .xls，内容却是 .xlsx 格式。", "请把扩展名改为 .xlsx 后重新提交。")
        return partial(xlsx_facts.read_facts, open_xlsx(path))
    if start.startswith(xls_facts.SIGNATURE):
        content = path.read_bytes()
        if xls_facts.is_encrypted_package(content) or xls_facts.is_encrypted(content):
            raise RefusalError("文件有密码保护，无法读取。", "请取消密码后重新提交。")
        if suffix != ".xls":
            raise RefusalError("扩展名是 .xlsx，内容却是 .xls 格式。", "请把扩展名改为 .xls 后重新提交。")
        return partial(xls_facts.read_facts, content)
    if not start:
        raise RefusalError("文件是空的。", "请检查导出是否成功后重新提交。")
    if start.lstrip().startswith(b"<"):
        raise RefusalError(
            "内容是网页或 XML，不是 Excel 工作簿。", "请用 Excel 或 WPS 打开后另存为 .xlsx，再重新提交。"
        )
    raise RefusalError(
        "内容不是 Excel 工作簿。", "请用 Excel 或 WPS 打开确认后另存为 .xlsx；若是文本，请把扩展名改为 .csv。"
    )


def _dates_for_text(name: str, cells: Sequence[Any], first_row: int) -> list[Flaw]:
    """Cells of a text or code column that the spreadsheet program took for a date (a code like 2024-1)."""
    if not any(issubclass(kind, _TIMES) for kind in set(map(type, cells))):
        return []
    return [
        Flaw(row, name, "date_for_text")
        for row, cell in enumerate(cells, start=first_row)
        if isinstance(cell, _TIMES)
    ]


def _put_in_errors(facts: SheetFacts, cells: list[list[Any]]) -> None:
    """Put error values where the reader has blanks; lengthen `cells` to the last row with anything in it."""
    width = len(cells[0])
    last = max((row for row, _ in (*facts.errors, *facts.without_value)), default=0)
    cells.extend([""] * width for _ in range(last - len(cells)))
    for (row, column), value in facts.errors.items():
        if column <= width:
            cells[row - 1][column - 1] = value


def _known_flaws(facts: SheetFacts, header: Header) -> list[Flaw]:
    """The cells whose value is not what it seems."""
    name_at = {place: name for name, place in header.place_of.items()}
    columns = header.labels.feed.columns
    return [
        Flaw(row, name_at[column - 1], fault)
        for fault, cells, types in (
            ("formula_without_value", facts.without_value, None),
            ("percent_cell", facts.percent, ("number", "integer")),
        )
        for row, column in sorted(cells)
        if row > header.row
        and column - 1 in name_at
        and (types is None or columns[name_at[column - 1]].type in types)
    ]


def _remarks(sheet: _Sheet, sheets: Sequence[_Sheet], facts: SheetFacts, header: Header) -> list[str]:
    """What the receipt mentions though nothing is wrong with it."""
    remarks = []
    if sheet.hidden:
        remarks.append(f"工作表“{sheet.name}”是隐藏的，已照常读取。")
    rows = [row for row in facts.hidden_rows if header.row < row <= len(sheet.cells)]
    if rows:
        remarks.append(f"{rows_named(rows)}是隐藏的，已照常读取。")
    width = len(header.cells)
    columns = [place for first, last in facts.hidden_columns for place in range(first - 1, min(last, width))]
    if columns:
        named = "、".join(map(column_letters, columns[:_NAMED]))
        remarks.append(f"{named}列（共{len(columns)}列）是隐藏的，已照常读取。")
    places = set(header.place_of.values())
    merged = [
        f"{column_letters(first[1])}{first[0] + 1}:{column_letters(last[1])}{last[0] + 1}"
        for first, last in sheet.merged
        if last[0] >= header.row and places & set(range(first[1], last[1] + 1))
    ]
    if merged:
        remarks.append(
            f"数据区有合并单元格（{'、'.join(merged[:_NAMED])}，共{len(merged)}处），"
            "其中只有左上角一格有内容；请取消合并，逐行填写。"
        )
    others = [other.name for other in sheets if other is not sheet]
    if others:
        remarks.append(f"只读取工作表“{sheet.name}”；其他工作表未读取：{'、'.join(others[:_NAMED])}。")
    return remarks


def _the_one_that_fits(sheets: Sequence[_Sheet]) -> tuple[_Sheet, Header]:
    """The sheet whose header fits; raises RefusalError where none or several do."""
    if not sheets:
        raise RefusalError("工作簿中没有数据。", "请检查导出是否成功后重新提交。")
    fits = [(sheet, sheet.header) for sheet in sheets if sheet.header and not sheet.header.refusal()]
    if len(fits) > 1:
        named = "、".join(f"“{sheet.name}”" for sheet, _ in fits)
        raise RefusalError(
            f"有{len(fits)}个工作表都符合要求：{named}，无法判断以哪个为准。", "请只保留一个后重新提交。"
        )
    if fits:
        return fits[0]
    headers = [(sheet, sheet.header) for sheet in sheets if sheet.header]
    if not headers:
        raise no_header("各工作表" if len(sheets) > 1 else "")
    sheet, header = max(headers, key=lambda found: found[1].found)
    refused = header.refusal()
    assert refused is not None  # a header that fits was returned above
    where = f"工作表“{sheet.name}”：" if len(sheets) > 1 else ""
    raise RefusalError(where + refused.reason, refused.remedy)
