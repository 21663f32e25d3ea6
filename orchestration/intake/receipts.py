"""The receipt of a file: `.json` for machines, `.xlsx` for people, in Chinese.

Belongs here: what a receipt says and how it looks. Does not: judging (`feed_rows`), the words for a fault
(`faults`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestration.files import write_whole
from orchestration.intake.changes import Changes
from orchestration.intake.faults import shown_name
from orchestration.intake.outcome import CellFault, FileOutcome

FORMER = "历次回执"
_SUFFIX = ".回执"
_TOLD = {
    "department",
    "feed",
    "file_name",
    "sha256",
    "received_at",
    "status",
    "in_force",
    "replaces",
    "changes",
}
_LONGEST_NAME_BYTES = 200
_LINE = 18  # height of a row, in points
_MOST_LINES = 20  # Excel shows no row higher than 409 points
_LONGEST_CELL = 32_000
_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|]')
_COLOURS = {
    "accepted": "#E2F0D9",
    "partly_accepted": "#FFF2CC",
    "rejected": "#F8CBAD",
    "withdrawn": "#E7E6E6",
    "replaced": "#E7E6E6",
}


@dataclass(frozen=True)
class Amount:
    """Control totals of one number column: what became of all that was read."""

    column: str
    label: str
    unit: str | None
    accepted: float
    quarantined: float
    left_out: float

    @property
    def read(self) -> float:
        """Accepted + quarantined + left out, as whoever adds up the printed figures gets it."""
        return self.accepted + self.quarantined + self.left_out

    @property
    def sums(self) -> tuple[float, float, float, float]:
        return self.read, self.accepted, self.quarantined, self.left_out


@dataclass
class Receipt:
    """Everything that a receipt says. `faulty_rows` are those to mend: sheet, Excel's row number and cells.

    `remarks` ask for nothing; `asks` is what the department has to look at, though all was accepted.
    `lacks_rows`: nothing was accepted of a feed that must have rows.
    """

    outcome: FileOutcome
    department_zh: str
    feed_zh: str | None
    year: int
    reason: str = ""
    remedy: str = ""
    header_row: int | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    amounts: Sequence[Amount] = ()
    ignored: Sequence[str] = ()
    remarks: Sequence[str] = ()
    asks: Sequence[str] = ()
    fault_cells: int = 0
    conflicts: int = 0
    replaces: str | None = None
    changes: Changes | None = None
    labels: Sequence[str] = ()
    lacks_rows: bool = False
    faulty_rows: Sequence[tuple[str | None, int, Sequence[str]]] = ()

    def as_json(self) -> dict[str, Any]:
        """The receipt for machines."""
        outcome = self.outcome
        return {
            "verdict": outcome.verdict,
            "status": outcome.status,
            "year": self.year,
            "department": outcome.department,
            "department_zh": self.department_zh,
            "feed": outcome.feed,
            "feed_zh": self.feed_zh,
            "file_name": outcome.file_name,
            "sha256": outcome.sha256,
            "received_at": outcome.received_at.isoformat(timespec="seconds"),
            "encoding": outcome.encoding,
            "sheet": outcome.sheet,
            "header_row": self.header_row,
            "in_force": outcome.in_force,
            "reason": self.reason,
            "remedy": self.remedy,
            "next": self.next_step,
            "rows": {
                "read": outcome.rows_read,
                "accepted": outcome.rows_accepted,
                "quarantined": outcome.rows_quarantined,
                "left_out": outcome.rows_left_out,
            },
            "left_out": dict(self.left_out),
            "amounts": [asdict(amount) | {"read": amount.read} for amount in self.amounts],
            "ignored_columns": list(self.ignored),
            "remarks": list(self.remarks),
            "asks": list(self.asks),
            "fault_cells": self.fault_cells,
            "conflicts": self.conflicts,
            "faults": [asdict(fault) for fault in outcome.faults],
            "replaces": self.replaces,
            "changes": asdict(self.changes) if self.changes else None,
        }

    @property
    def next_step(self) -> str:
        """What the department should do now: it follows from all that was seen."""
        if self.outcome.status in ("rejected", "replaced"):
            return self.remedy
        if self.outcome.status == "withdrawn":
            return "如不是有意撤回，请把文件重新放回文件夹。"
        steps = []
        if self.outcome.status == "partly_accepted":
            steps.append(
                "请在原文件中改正“问题清单”所列单元格，以原文件名重新提交（覆盖原文件）。"
                "“待改正的行”已把这些行列出，可改好后粘贴回原文件；其余各行已受理，不必另报。"
            )
        elif self.lacks_rows:
            steps.append("没有读到数据行，而本表不能为空；请填写后以原文件名重新提交（覆盖原文件）。")
        if self.asks:
            steps.append("请看一看：" + "；".join(self.asks) + "。没有问题的，不必再报。")
        return "".join(steps) or "无需处理。"


def receipt_paths(folder: Path, file_name: str) -> tuple[Path, Path]:
    """The (.xlsx, .json) of the receipt for `file_name`; what cannot be in a file name is replaced."""
    safe = "".join(
        "_" if _NOT_IN_NAMES.match(c) or unicodedata.category(c) in ("Cc", "Cf", "Cs") else c
        for c in file_name
    )
    if safe != file_name or len(safe.encode()) > _LONGEST_NAME_BYTES:
        mark = hashlib.sha256(file_name.encode()).hexdigest()[:8]
        safe = safe.encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore") + f"~{mark}"
    return folder / f"{safe}{_SUFFIX}.xlsx", folder / f"{safe}{_SUFFIX}.json"


def write_receipt(folder: Path, receipt: Receipt) -> bool:
    """Write both forms of `receipt` into `folder`, unless they are there and say the same. The former receipt
    of the file moves into the folder `历次回执`, under the time at which it was written. Returns whether what
    was there could not be read."""
    workbook, record = receipt_paths(folder, receipt.outcome.file_name)
    text = json.dumps(receipt.as_json(), ensure_ascii=False, indent=1).encode()
    there, is_whole = _read(record), zipfile.is_zipfile(workbook)
    if there == text and is_whole:
        return False
    told = _told(record)
    if told and there != text:
        _keep_former(workbook, record)
    write_whole(workbook, _render(receipt))
    write_whole(record, text)  # last: it vouches for the workbook
    return there is not None and not (told and is_whole)


def told_changes(folder: Path, outcome: FileOutcome, replaces: str) -> Changes | None:
    """What the receipt that is there says about the change from `replaces` to this content, if it does."""
    told = _told(receipt_paths(folder, outcome.file_name)[1])
    if told and (told["sha256"], told["replaces"]) == (outcome.sha256, replaces) and told["changes"]:
        return Changes(**told["changes"])
    return None


def all_told(receipts: Path, year: int) -> list[dict[str, Any]]:
    """Every receipt of a year that can be read, for machines: of each file the oldest first."""
    found = []
    for folder in receipts.glob(f"*/{year}"):
        former = sorted((folder / FORMER).glob(f"*{_SUFFIX}.*.json"), key=lambda path: path.suffixes[-2])
        current = sorted(folder.glob(f"*{_SUFFIX}.json"))
        found += [told for path in (*former, *current) if (told := _told(path))]
    return found


def _told(record: Path) -> dict[str, Any] | None:
    """What a receipt says; None where there is none, or what is there is no receipt."""
    try:
        told = json.loads(_read(record) or b"")
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.keys() >= _TOLD else None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _keep_former(workbook: Path, record: Path) -> None:
    """Keep the receipt that is there beside its successor; done again after a kill, it does the same."""
    written = dt.datetime.fromtimestamp(record.stat().st_mtime).astimezone()
    mark = f"{written:%Y%m%d-%H%M%S-%f}"
    for path in (workbook, record):
        if (content := _read(path)) is not None:
            write_whole(path.parent / FORMER / f"{path.stem}.{mark}{path.suffix}", content)


class _Book:
    """A workbook in the making, in which every cell is text."""

    def __init__(self) -> None:
        import xlsxwriter

        self.buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.buffer, {"in_memory": True})
        base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        wrapped = base | {"text_wrap": True}
        ruled = wrapped | {"bottom": 1, "bottom_color": "#D9D9D9"}
        head = wrapped | {"bold": True, "bg_color": "#DDEBF7", "bottom": 1}
        self.plain = self.book.add_format(wrapped)
        self.title = self.book.add_format(base | {"bold": True, "font_size": 16})
        self.label = self.book.add_format(base | {"font_color": "#595959"})
        self.head = self.book.add_format(head)
        self.head_right = self.book.add_format(head | {"align": "right"})
        self.ruled = self.book.add_format(ruled)
        self.ruled_right = self.book.add_format(ruled | {"align": "right"})
        self.section = self.book.add_format(base | {"bold": True, "font_size": 11, "bottom": 1})
        self.bad = self.book.add_format(base | {"bg_color": "#FFC7CE", "font_color": "#9C0006"})
        self.unwrapped = self.book.add_format(base)
        self._base = base

    def verdict(self, status: str) -> Any:
        return self.book.add_format(
            self._base | {"bold": True, "font_size": 14, "bg_color": _COLOURS[status], "valign": "vcenter"}
        )

    def sheet(self, name: str, widths: Sequence[float]) -> Any:
        sheet = self.book.add_worksheet(name)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        sheet.set_default_row(_LINE)
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return sheet

    def close(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()


def _render(receipt: Receipt) -> bytes:
    book = _Book()
    _front(book, receipt)
    if receipt.outcome.faults:
        _faults(book, receipt.outcome.faults, receipt.fault_cells)
    if receipt.faulty_rows:
        _rows_to_mend(book, receipt)
    return book.close()


def _front(book: _Book, receipt: Receipt) -> None:
    outcome = receipt.outcome
    sheet = book.sheet("回执", (30, 12, 19, 19, 19, 19))
    sheet.hide_gridlines(2)
    line = 0

    def put(place: int, text: str, style: Any) -> None:
        sheet.write_string(line, place, shown_name(text[:_LONGEST_CELL]), style)

    def across(first: int, text: str, style: Any) -> None:
        """A text over the rest of the line, high enough to be read whole."""
        sheet.merge_range(line, first, line, 5, "", style)
        put(first, text, style)
        wide = _width(text)
        room = 84 if first == 1 else 112
        if wide > room:
            sheet.set_row(line, _LINE * min(-(-wide // room), _MOST_LINES))

    put(0, "数据报送回执", book.title)
    sheet.set_row(line, 30)
    line += 1
    rows = f"{outcome.rows_accepted:,}行受理"
    if outcome.rows_quarantined:
        rows += f"，{outcome.rows_quarantined:,}行待改正"
    refused = outcome.status in ("rejected", "replaced")
    said = receipt.reason if refused or outcome.status == "withdrawn" else rows
    verdict = book.verdict(outcome.status)
    sheet.set_row(line, 28)
    sheet.merge_range(line, 0, line, 5, "", verdict)
    put(0, outcome.verdict if refused else f"{outcome.verdict}：{said}", verdict)
    line += 1
    if refused:
        put(0, "退回原因", book.label)
        across(1, said, book.plain)
        line += 1
    put(0, "下一步", book.label)
    across(1, receipt.next_step, book.plain)
    line += 2

    facts = (
        ("文件名", outcome.file_name),
        ("报送单位", receipt.department_zh),
        ("报表", receipt.feed_zh or "（未识别）"),
        ("评价年度", str(receipt.year)),
        ("收到时间", outcome.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        ("工作表", outcome.sheet or ""),
        ("表头所在行", str(receipt.header_row or "")),
        ("未读取的列", "、".join(receipt.ignored)),
    )
    for label, text in facts:
        if text:
            put(0, label, book.label)
            across(1, text, book.plain)
            line += 1
    line += 1

    if receipt.header_row:
        for place, text in enumerate(("合计核对", "单位", "读取", "受理", "待改正", "不计入")):
            put(place, text, book.head if place < 2 else book.head_right)
        line += 1
        counts = (outcome.rows_read, outcome.rows_accepted, outcome.rows_quarantined, outcome.rows_left_out)
        totals = [("行数", "行", counts)] + [
            (amount.label, amount.unit or "", amount.sums) for amount in receipt.amounts
        ]
        for label, unit, figures in totals:
            put(0, label, book.ruled)
            put(1, unit, book.ruled)
            for place, figure in enumerate(figures, start=2):
                put(place, shown_figure(figure), book.ruled_right)
            if _width(label) > 30:
                sheet.set_row(line, 2 * _LINE)
            line += 1
        line += 1

    notes = list(receipt.remarks)
    if receipt.changes:
        found = receipt.changes
        notes.append(
            "与上一次受理的版本相比（只比较没有问题的行）："
            f"增加{found.added}行，删除{found.gone}行，修改{found.altered}行。"
        )
        notes += [f"　{text}" for text in found.shown]
    if notes:
        sheet.merge_range(line, 0, line, 5, "", book.section)
        put(0, "说明", book.section)
        line += 1
        for text in notes:
            across(0, text, book.plain)
            line += 1


def _faults(book: _Book, faults: Sequence[CellFault], cells: int) -> None:
    columns: list[tuple[str, float, Callable[[CellFault], str]]] = [
        ("行", 9, lambda fault: str(fault.row)),
        ("单元格", 9, lambda fault: fault.cell or ""),
        ("列名", 26, lambda fault: fault.label),
        ("填写的内容", 24, lambda fault: fault.value or ""),
        ("问题", 60, lambda fault: shown_name(fault.reason)),
        ("如何改正", 46, lambda fault: fault.remedy),
    ]
    if faults[0].sheet:
        columns.insert(0, ("工作表", 16, lambda fault: shown_name(fault.sheet or "")))
    sheet = book.sheet("问题清单", (6, *(width for _, width, _ in columns)))
    sheet.set_landscape()
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    for place, text in enumerate(("序号", *(label for label, _, _ in columns))):
        sheet.write_string(0, place, text, book.head)
    for number, fault in enumerate(faults, start=1):
        for place, text in enumerate((str(number), *(text_of(fault) for _, _, text_of in columns))):
            sheet.write_string(number, place, text[:_LONGEST_CELL], book.ruled)
        value = _width(fault.value or "") / 24
        wide = max(value, len(fault.reason) / 33, len(fault.remedy) / 25, len(fault.label) / 14)
        sheet.set_row(number, _LINE * min(1 + int(wide), _MOST_LINES))
    sheet.autofilter(0, 0, len(faults), len(columns))
    if cells > len(faults):
        sheet.write_string(
            len(faults) + 1, 0, f"共{cells:,}处，这里只列前{len(faults):,}处。", book.unwrapped
        )


def _rows_to_mend(book: _Book, receipt: Receipt) -> None:
    """The faulty rows under the contract's labels; bad cells coloured, each with a comment."""
    sheet = book.sheet("待改正的行", [*_widths(receipt), 12])
    sheet.set_landscape()
    sheet.freeze_panes(1, 0)
    for place, label in enumerate((*receipt.labels, "原文件行号")):
        sheet.write_string(0, place, label, book.head)
    line_of = {}
    several = len({at for at, _, _ in receipt.faulty_rows}) > 1
    for line, (at, row, cells) in enumerate(receipt.faulty_rows, start=1):
        line_of[at, row] = line
        for place, text in enumerate((*cells, f"{shown_name(at or '')} {row}" if several else str(row))):
            sheet.write_string(line, place, text[:_LONGEST_CELL], book.unwrapped)
    for fault in receipt.outcome.faults:
        if (fault.sheet, fault.row) not in line_of:
            continue
        line = line_of[fault.sheet, fault.row]
        place = receipt.labels.index(fault.label)
        sheet.write_string(line, place, (fault.value or "")[:_LONGEST_CELL], book.bad)
        sheet.write_comment(
            line, place, f"{fault.reason}\n{fault.remedy}", {"x_scale": 2.5, "y_scale": 1.3, "author": ""}
        )


def _widths(receipt: Receipt) -> list[float]:
    """Column widths that show the labels and the first rows' cells."""
    rows = [receipt.labels, *(cells for _, _, cells in receipt.faulty_rows[:50])]
    return [min(max(map(_width, column)) + 2, 40) for column in zip(*rows, strict=True)]


def _width(text: str) -> int:
    """How many columns of a fixed-width font `text` takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def shown_figure(figure: float) -> str:
    """A control total: thousands separators, no more decimals than needed (four at most)."""
    text = f"{figure:,.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
