"""A drop folder in miniature: files put into it, one intake, and what came of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq

from orchestration.intake import FileOutcome, IntakeResult, run_intake
from orchestration.intake.contract import load_contract
from orchestration.intake.due_days import DueDays
from orchestration.intake.receipts import receipt_paths
from orchestration.settings import FEEDS

CONTRACT = load_contract(FEEDS)
COUNTIES = {"500101": "万州区", "500102": "涪陵区", "500110": "綦江区"}
RETIRED = {"500222": ("綦江县", "500110", "綦江区")}
YEAR = 2024


class Office:
    """An inbox and a home; `read()` runs an intake."""

    def __init__(self, folder: Path) -> None:
        self.inbox, self.home = folder / "inbox", folder / "home"
        self.inbox.mkdir(parents=True)
        self.due: DueDays = {}

    def folder(self, department: str) -> Path:
        folder = self.inbox / department / str(YEAR)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def drop(self, name: str, content: bytes | str, department: str | None = None) -> Path:
        """Put a file into the folder of the department whose feed the name tells (or of `department`)."""
        feed = CONTRACT.feed_of(name)
        path = self.folder(department or (feed.department if feed else "commission")) / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, *withdraw: str) -> IntakeResult:
        """Take in what lies there; `withdraw` names the departments that took theirs back."""
        return run_intake(
            year=YEAR,
            inbox=self.inbox,
            home=self.home,
            contract=CONTRACT,
            counties=COUNTIES,
            retired=RETIRED,
            due=self.due,
            withdraw=withdraw,
        )

    def landed(self, table: str) -> list[dict[str, Any]]:
        """The rows of a landed table."""
        return (
            pq.ParquetFile(self.home / "landing" / table / f"year={YEAR}" / "rows.parquet").read().to_pylist()
        )

    def receipt_paths(self, file: FileOutcome) -> tuple[Path, Path]:
        return receipt_paths(self.home / "receipts" / file.department / str(YEAR), file.file_name)

    def receipt(self, file: FileOutcome) -> dict[str, Any]:
        """The receipt of a file, as machines read it."""
        return json.loads(self.receipt_paths(file)[1].read_text(encoding="utf-8"))


def labels(feed: str) -> list[str]:
    return [column.label for column in CONTRACT.feeds[feed].columns.values()]


def csv_text(rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(map(str, row)) + "\r\n" for row in rows)


def workbook(*sheets: Sequence[Sequence[object]], names: Sequence[str] = ()) -> openpyxl.Workbook:
    """A workbook of one sheet per argument."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(names[number] if names else f"表{number + 1}")
        for row in rows:
            sheet.append(list(row))
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
