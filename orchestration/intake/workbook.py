"""Reading a workbook (.xlsx, .xls): the sheets that fit the feed, their cells as text.

Belongs here: what happens inside the child process that reads untrusted workbooks. Does not: its limits and
its life (`worker`), what a cell means (`values`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake import xls_facts, xlsx_facts
from orchestration.intake.faults import shown
from orchestration.intake.furniture import Furniture
from orchestration.intake.header import HEAD_ROWS, Header, Labels, find_header, no_header
from orchestration.intake.raw import (
    ROW,
    Flaw,
    Part,
    RawFile,
    column_letters,
    gc_paused,
    ignored_columns,
    rows_named,
    to_table,
    units_to_check,
)
from orchestration.intake.refusal import RefusalError
from orchestration.intake.sheet_facts import SheetFacts
from orchestration.intake.xlsx_facts import open_xlsx

_NAMED = 5
_TIMES = (dt.date, dt.time, dt.timedelta)
_NEAR_HEAD = 3
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_EXACT_BELOW = 1e15  # a spreadsheet keeps 15 digits: a longer whole number has lost its last ones


_Range = tuple[tuple[int, int], tuple[int, int]]  # first and last cell, from 0


@dataclass(frozen=True)
class _Sheet:
    name: str
    cells: list[list[Any]]
    header: Header | None
    hidden: bool
    merged: Sequence[_Range]


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


def read_workbook(path: Path, suffix: str, labels: Labels) -> list[Part]:
    """Read the sheets of the workbook at `path`, delivered as `suffix` (.xlsx, .xls); raises RefusalError."""
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
                head = [
                    [_unescaped(cell_text(cell)) for cell in row] for row in cells[: HEAD_ROWS + _NEAR_HEAD]
                ]
                hidden = meta.visible is not SheetVisibleEnum.Visible
                merged = sheet.merged_cell_ranges or []
                sheets.append(_Sheet(meta.name, cells, find_header(head, labels), hidden, merged))
        fitting = _those_that_fit(sheets)
        parts = [_read_sheet(sheet, header, facts_of(sheet.name)) for sheet, header in fitting]
        _tell_keys_apart(parts, labels)
        several = len(sheets) > 1
        for raw, _, _ in parts:
            raw.several_sheets = several
        remarks, asks = _left_unread(sheets, {raw.sheet for raw, _, _ in parts})
        parts[0][0].remarks += remarks
        parts[0][0].asks += asks
        return parts


def read_cells(path: Path, suffix: str) -> dict[str, list[list[str]]]:
    """Every sheet of the workbook at `path` as text, cell by cell; raises RefusalError."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    _inspect(path, suffix)
    book = CalamineWorkbook.from_path(path)
    return {
        meta.name: [
            [_unescaped(cell_text(cell)) for cell in row]
            for row in book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False)
        ]
        for meta in book.sheets_metadata
        if meta.typ is SheetTypeEnum.WorkSheet
    }


def _read_sheet(sheet: _Sheet, header: Header, facts: SheetFacts) -> Part:
    """The rows of a sheet whose header fits; raises RefusalError where it states a unit not asked for."""
    if wrong := header.labels.stated.of_name(sheet.name):
        raise header.labels.wrong_unit("工作表名称", [sheet.name], wrong)
    _put_in_errors(facts, sheet.cells)
    flaws = _known_flaws(facts, header) + _blank_in_merged(sheet, header)
    columns = list(zip(*sheet.cells[header.row :], strict=True))
    for name, place in header.place_of.items():
        if columns and header.labels.feed.columns[name].type in ("text", "code"):
            flaws += _dates_for_text(name, columns[place], header.row + 1)
    unlabelled: set[int] = set()
    size, first = len(sheet.cells) - header.row, header.row + 1
    texts = [_unescaped_column(column_text(cells)) for cells in columns]
    furniture = Furniture(header)
    furniture.look(texts, size, first)
    furniture.finish()
    if furniture.wrong_unit:
        raise furniture.wrong_unit
    table = to_table(texts, size, first, header, unlabelled)
    raw = RawFile(
        place_of=header.place_of,
        header_row=header.row,
        sheet=sheet.name,
        above=header.texts_above,
        ignored=ignored_columns(header, unlabelled),
        remarks=_remarks(sheet, facts, header),
        asks=units_to_check(header),
        left_out=sorted(furniture.left_out.items()),
        rows=furniture.data_rows,
    )
    return raw, table, flaws


def _unescaped(text: str) -> str:
    """A text as the program showed it: in .xlsx, `_x5170_` is 兰."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _unescaped_column(cells: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring(cells, "_x")).as_py():
        return cells
    return pa.array(map(_unescaped, cells.to_pylist()), pa.string())


def _tell_keys_apart(parts: Sequence[Part], labels: Labels) -> None:
    """Refuse a workbook of which two sheets have one key: one of them is an old copy."""
    seen: dict[tuple[str, ...], tuple[str, int]] = {}
    for raw, table, _ in parts if len(parts) > 1 else ():
        left_out = {row for row, _ in raw.left_out}
        columns = (table[name].to_pylist() for name in labels.feed.key)
        own: dict[tuple[str, ...], tuple[str, int]] = {}
        for row, cells in zip(table[ROW].to_pylist(), zip(*columns, strict=True), strict=True):
            key = tuple("".join(unicodedata.normalize("NFKC", cell).split()).upper() for cell in cells)
            if not all(key) or row in left_out:
                continue
            if key in seen:
                sheet, first = seen[key]
                named = "、".join(f"「{labels.feed.columns[name].label}」" for name in labels.feed.key)
                raise RefusalError(
                    f"工作表“{shown(sheet)}”第{first}行与“{shown(raw.sheet or '')}”第{row}行的{named}"
                    f"相同（{shown('/'.join(key))}），同一条数据不能出现在两个工作表中。",
                    "请核对：若其中一个工作表是旧稿，请删除它；若两表各有一部分，请让每一条数据只出现一次，再重新提交。",
                )
            own.setdefault(key, (raw.sheet or "", row))
        seen |= own


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
    if start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
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


def _blank_in_merged(sheet: _Sheet, header: Header) -> list[Flaw]:
    """The blank cells of merged ranges, in rows that hold something: what they stand for is not in them."""
    flaws = []
    names = sorted((place, name) for name, place in header.place_of.items())
    for (first_row, first_column), (last_row, last_column) in sheet.merged:
        within = [(place, name) for place, name in names if first_column <= place <= last_column]
        for row in range(max(first_row, header.row), min(last_row + 1, len(sheet.cells))) if within else ():
            cells = sheet.cells[row]
            if any(cells[place] != "" for place, _ in names if place < len(cells)):
                flaws += [
                    Flaw(row + 1, name, "merged_cell")
                    for place, name in within
                    if (row, place) != (first_row, first_column) and cells[place] == ""
                ]
    return flaws


def _known_flaws(facts: SheetFacts, header: Header) -> list[Flaw]:
    """The cells whose value is not what it seems."""
    name_at = {place: name for name, place in header.place_of.items()}
    columns = header.labels.feed.columns
    return [
        Flaw(row, name_at[column - 1], fault)
        for fault, cells, types in (
            ("formula_without_value", facts.without_value, None),
            ("percent_cell", facts.percent, ("number", "integer")),
            ("scaled_cell", facts.scaled, ("number", "integer")),
        )
        for row, column in sorted(cells)
        if row > header.row
        and column - 1 in name_at
        and (types is None or columns[name_at[column - 1]].type in types)
    ]


def _remarks(sheet: _Sheet, facts: SheetFacts, header: Header) -> list[str]:
    """What the receipt mentions though nothing is wrong with it."""
    remarks = []
    rows = [row for row in facts.hidden_rows if header.row < row <= len(sheet.cells)]
    if rows:
        remarks.append(f"{rows_named(rows)}是隐藏的，已照常读取。")
    width = len(header.cells)
    columns = [place for first, last in facts.hidden_columns for place in range(first - 1, min(last, width))]
    if columns:
        named = "、".join(map(column_letters, columns[:_NAMED]))
        remarks.append(f"{named}列（共{len(columns)}列）是隐藏的，已照常读取。")
    return remarks


def _those_that_fit(sheets: Sequence[_Sheet]) -> list[tuple[_Sheet, Header]]:
    """The visible sheets whose header fits; raises RefusalError where none does, a hidden one does too, or
    one is the feed's table in units not asked for."""
    if not sheets:
        raise RefusalError("工作簿中没有数据。", "请检查导出是否成功后重新提交。")
    refusals = [(sheet, sheet.header, sheet.header.refusal()) for sheet in sheets if sheet.header]
    fits = [(sheet, header) for sheet, header, refused in refusals if refused is None]
    whole = [(sheet, refused) for sheet, header, refused in refusals if header.names_each_once]
    if hidden := [sheet for sheet, _ in whole if sheet.hidden]:
        named = "、".join(f"“{shown(sheet.name)}”" for sheet in hidden[:_NAMED])
        raise RefusalError(
            f"隐藏的工作表{named}也是本表的数据，无法判断是否要读取。",
            "请在 Excel 中右键单击任一工作表标签，选“取消隐藏”：要报送的让它显示，不要的删除，再重新提交。",
        )
    if fits:
        for sheet, refused in whole:
            if refused is not None:
                raise RefusalError(
                    f"工作表“{shown(sheet.name)}”：{refused.reason}",
                    f"{refused.remedy.rstrip('。')}；不需要报送的工作表，请删除。",
                )
        return fits
    if not refusals:
        raise no_header("各工作表" if len(sheets) > 1 else "")
    sheet, _, refused = max(refusals, key=lambda found: (not found[0].hidden, found[1].found))
    assert refused is not None  # a header that fits was returned above
    where = f"工作表“{shown(sheet.name)}”：" if len(sheets) > 1 else ""
    raise RefusalError(where + refused.reason, refused.remedy)


def _left_unread(sheets: Sequence[_Sheet], read: Collection[str | None]) -> tuple[list[str], list[str]]:
    """A remark on the sheets that do not fit, and what to ask about those that nearly do."""
    others = [sheet for sheet in sheets if sheet.name not in read]
    remarks, asks = [], []
    if others:
        named = "、".join(f"“{shown(sheet.name)}”" for sheet in others[:_NAMED])
        remarks.append(f"其他工作表未读取：{named}{'等' if len(others) > _NAMED else ''}。")
    for sheet in others:
        header = sheet.header
        if header and not sheet.hidden and 2 * header.found > len(header.labels.feed.columns):
            refused = header.refusal()
            asks.append(
                f"工作表“{shown(sheet.name)}”没有读取（{refused.reason.rstrip('。') if refused else ''}），"
                "如其中也有要报送的数据，请改正后重新提交"
            )
    return remarks, asks
