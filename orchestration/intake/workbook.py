"""Reading a workbook (.xlsx, .xls): the sheet that fits the feed, its cells as text.

Belongs here: what happens inside the child process that reads untrusted workbooks. Does not: its limits and its
life (`worker`), what a cell means (`values`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestration.intake.header import HEAD_ROWS, Header, Labels, find_header, no_header
from orchestration.intake.raw import RawFile, gc_paused, to_table
from orchestration.intake.refusal import RefusalError

_EXACT_BELOW = 1e15  # a spreadsheet keeps 15 digits: a longer whole number has lost its last ones


@dataclass(frozen=True)
class _Sheet:
    name: str
    rows: Sequence[Sequence[str]]
    header: Header | None


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


def read_workbook(path: Path, labels: Labels) -> RawFile:
    """Read the workbook at `path`; raises RefusalError where it cannot be taken whole."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    with gc_paused():
        book = CalamineWorkbook.from_path(path)
        sheets = []
        for meta in book.sheets_metadata:
            if meta.typ is not SheetTypeEnum.WorkSheet:
                continue
            cells = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
            if any(cell != "" for row in cells for cell in row):
                rows = [[cell_text(cell) for cell in row] for row in cells]
                sheets.append(_Sheet(meta.name, rows, find_header(rows[:HEAD_ROWS], labels)))
        sheet, header = _the_one_that_fits(sheets)
        return RawFile(
            tables=[to_table(sheet.rows[header.row :], header.row + 1, header)],
            place_of=header.place_of,
            header_row=header.row,
            sheet=sheet.name,
            several_sheets=len(sheets) > 1,
            ignored=header.ignored,
        )


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
    assert refused is not None  # noqa: S101 - a header that fits was returned above
    where = f"工作表“{sheet.name}”：" if len(sheets) > 1 else ""
    raise RefusalError(where + refused.reason, refused.remedy)
