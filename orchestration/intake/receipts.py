"""The receipt of a file: `.json` for machines, `.xlsx` for people, in Chinese.

Belongs here: what a receipt says and how it looks. Does not: judging (`feed_rows`), the words for a fault
(`faults`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestration.files import write_whole
from orchestration.intake.changes import Changes
from orchestration.intake.due_days import Timeliness
from orchestration.intake.faults import shown_name
from orchestration.intake.handed_out import AlteredCell
from orchestration.intake.outcome import CellFault, FileOutcome
from orchestration.workbooks import Book, Column, Table, height_of, lines_of, wide

FORMER = "历次回执"
LISTED_ALTERED = 500
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
_LONGEST_CELL = 32_000
_FRONT = (30, 12, 19, 19, 19, 19)  # widths of the columns of the first sheet
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
    `altered`: locked cells of a worksheet that came back changed. `lacks_rows`: nothing was accepted of a
    feed that must have rows.
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
    due: Sequence[Timeliness] = ()
    ignored: Sequence[str] = ()
    remarks: Sequence[str] = ()
    asks: Sequence[str] = ()
    altered: Sequence[AlteredCell] = ()
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
            "due": [
                {
                    "stage": held.due.stage,
                    "due_on": held.due.on.isoformat(),
                    "first_accepted_on": held.accepted_on.isoformat() if held.accepted_on else None,
                    "days_late": held.days_late,
                }
                for held in self.due
            ],
            "ignored_columns": list(self.ignored),
            "remarks": list(self.remarks),
            "asks": list(self.asks),
            "altered": [asdict(cell) for cell in self.altered[:LISTED_ALTERED]],
            "altered_cells": len(self.altered),
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
        asks = list(self.asks)
        if self.altered:
            asks.append(f"核实表中锁定的单元格有{len(self.altered):,}处与发出时不同，见“锁定单元格的改动”")
        if asks:
            steps.append("请看一看：" + "；".join(asks) + "。没有问题的，不必再报。")
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


def _render(receipt: Receipt) -> bytes:
    name = shown_name(receipt.outcome.file_name)
    book = Book(None, title=f"数据报送回执：{name}", created=_naive(receipt.outcome.received_at), handling="")
    _front(book, receipt)
    if receipt.outcome.faults:
        book.add(_faults(receipt.outcome.faults, receipt.fault_cells))
    if receipt.faulty_rows:
        _rows_to_mend(book, receipt)
    if receipt.altered:
        book.add(_altered(receipt.altered))
    return book.close()


def _naive(time: dt.datetime) -> dt.datetime:
    """As the clock on the wall showed it."""
    return time.astimezone().replace(tzinfo=None)


def _front(book: Book, receipt: Receipt) -> None:
    outcome = receipt.outcome
    sheet = book.sheet("回执", _FRONT)
    sheet.hide_gridlines(2)
    plain = book.style(text_wrap=True)
    label_style = book.style(font_color="#595959")
    ruled = {"text_wrap": True, "bottom": 1, "bottom_color": "#D9D9D9"}
    head = {"text_wrap": True, "bold": True, "bg_color": "#DDEBF7", "bottom": 1}
    line = 0

    def put(place: int, text: str, style: Any) -> None:
        sheet.write_string(line, place, shown_name(text[:_LONGEST_CELL]), style)

    def across(first: int, text: str, style: Any) -> None:
        """A text over the rest of the line, high enough to be read whole."""
        sheet.set_row(line, height_of(lines_of(text, sum(_FRONT[first:]))))
        sheet.merge_range(line, first, line, 5, "", style)
        put(first, text, style)

    put(0, "数据报送回执", book.style(bold=True, font_size=16))
    sheet.set_row(line, 30)
    line += 1
    rows = f"{outcome.rows_accepted:,}行受理"
    if outcome.rows_quarantined:
        rows += f"，{outcome.rows_quarantined:,}行待改正"
    refused = outcome.status in ("rejected", "replaced")
    said = receipt.reason if refused or outcome.status == "withdrawn" else rows
    verdict = book.style(bold=True, font_size=14, bg_color=_COLOURS[outcome.status])
    sheet.set_row(line, 28)
    sheet.merge_range(line, 0, line, 5, "", verdict)
    put(0, outcome.verdict if refused else f"{outcome.verdict}：{said}", verdict)
    line += 1
    if refused:
        put(0, "退回原因", label_style)
        across(1, said, plain)
        line += 1
    put(0, "下一步", label_style)
    across(1, receipt.next_step, plain)
    line += 2

    facts = (
        ("文件名", outcome.file_name),
        ("报送单位", receipt.department_zh),
        ("报表", receipt.feed_zh or "（未识别）"),
        ("评价年度", str(receipt.year)),
        ("收到时间", outcome.received_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        ("报送期限", "；".join(map(str, receipt.due))),
        ("工作表", outcome.sheet or ""),
        ("表头所在行", str(receipt.header_row or "")),
        ("未读取的列", "、".join(receipt.ignored)),
    )
    for label, text in facts:
        if text:
            put(0, label, label_style)
            across(1, text, plain)
            line += 1
    line += 1

    if receipt.header_row:
        for place, text in enumerate(("合计核对", "单位", "读取", "受理", "待改正", "不计入")):
            put(place, text, book.style(**head, align="left" if place < 2 else "right"))
        line += 1
        counts = (outcome.rows_read, outcome.rows_accepted, outcome.rows_quarantined, outcome.rows_left_out)
        totals = [("行数", "行", counts)] + [
            (amount.label, amount.unit or "", amount.sums) for amount in receipt.amounts
        ]
        for label, unit, figures in totals:
            sheet.set_row(line, height_of(lines_of(label, _FRONT[0])))
            put(0, label, book.style(**ruled))
            put(1, unit, book.style(**ruled))
            for place, figure in enumerate(figures, start=2):
                put(place, shown_figure(figure), book.style(**ruled, align="right"))
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
        section = book.style(bold=True, font_size=11, bottom=1)
        sheet.merge_range(line, 0, line, 5, "", section)
        put(0, "说明", section)
        line += 1
        for text in notes:
            across(0, text, plain)
            line += 1


def _faults(faults: Sequence[CellFault], cells: int) -> Table:
    sheets = any(fault.sheet for fault in faults)
    columns = [
        Column("序号", width=6),
        *([Column("工作表", width=16, wrap=True)] if sheets else []),
        Column("行", width=9),
        Column("单元格", width=9),
        Column("列名", width=26, wrap=True),
        Column("填写的内容", width=26, wrap=True),
        Column("问题", width=60, wrap=True),
        Column("如何改正", width=46, wrap=True),
    ]
    rows = [
        [
            str(number),
            *([shown_name(fault.sheet or "")] if sheets else []),
            str(fault.row),
            fault.cell or "",
            fault.label,
            fault.value or "",
            shown_name(fault.reason),
            fault.remedy,
        ]
        for number, fault in enumerate(faults, start=1)
    ]
    more = f"共{cells:,}处，这里只列前{len(faults):,}处。" if cells > len(faults) else ""
    return Table("问题清单", columns, rows, below=more)


def _altered(cells: Sequence[AlteredCell]) -> Table:
    """Each locked cell that came back changed: what was given out, what came back."""
    columns = [
        Column("工作表", width=16, wrap=True),
        Column("单元格", width=9),
        Column("列名", width=26, wrap=True),
        Column("发出时", width=50, wrap=True),
        Column("收到时", width=50, wrap=True),
    ]
    rows = [
        [shown_name(cell.sheet), cell.cell, shown_name(cell.label), cell.given, cell.found]
        for cell in cells[:LISTED_ALTERED]
    ]
    said = "这些单元格不由区县填写，改动不影响各行的受理。如所列内容有误，请告知市亩均办，由有关部门改正。"
    if len(cells) > LISTED_ALTERED:
        said += f"共{len(cells):,}处，这里只列前{LISTED_ALTERED:,}处。"
    return Table("锁定单元格的改动", columns, rows, below=said)


def _rows_to_mend(book: Book, receipt: Receipt) -> None:
    """The faulty rows under the contract's labels, to the letter as delivered; bad cells are coloured and
    have a comment."""
    sheet = book.sheet("待改正的行", [*_widths(receipt), 12], landscape=True)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    head = book.style(text_wrap=True, bold=True, bg_color="#DDEBF7", bottom=1)
    bad = book.style(bg_color="#FFC7CE", font_color="#9C0006")
    for place, label in enumerate((*receipt.labels, "原文件行号")):
        sheet.write_string(0, place, label, head)
    line_of = {}
    several = len({at for at, _, _ in receipt.faulty_rows}) > 1
    for line, (at, row, cells) in enumerate(receipt.faulty_rows, start=1):
        line_of[at, row] = line
        for place, text in enumerate((*cells, f"{shown_name(at or '')} {row}" if several else str(row))):
            sheet.write_string(line, place, text[:_LONGEST_CELL])
    for fault in receipt.outcome.faults:
        if (fault.sheet, fault.row) not in line_of:
            continue
        line = line_of[fault.sheet, fault.row]
        place = receipt.labels.index(fault.label)
        sheet.write_string(line, place, (fault.value or "")[:_LONGEST_CELL], bad)
        sheet.write_comment(
            line, place, f"{fault.reason}\n{fault.remedy}", {"x_scale": 2.5, "y_scale": 1.3, "author": ""}
        )


def _widths(receipt: Receipt) -> list[float]:
    """Column widths that show the labels and the first rows' cells."""
    rows = [receipt.labels, *(cells for _, _, cells in receipt.faulty_rows[:50])]
    return [min(max(map(wide, column)) + 2, 40) for column in zip(*rows, strict=True)]


def shown_figure(figure: float) -> str:
    """A control total: thousands separators, no more decimals than needed (four at most)."""
    text = f"{figure:,.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
