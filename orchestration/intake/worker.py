"""The child process that reads untrusted workbooks, and the handle that its parent holds.

A workbook is a program for its reader: a cell at XFD1048576, a zip bomb or an entity bomb ends the process
that reads it. So one long-lived child reads all of them within limits, and is replaced when it dies. How it
died tells whose fault that was: by its limits, the file's; killed from outside, or before it was ready, the
machine's.

Belongs here: its limits, what it is asked and answers. Does not: how the two talk (`orchestration.workers`),
how a workbook is read (`workbook`).
"""

from __future__ import annotations

import importlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.errors import MachineError
from orchestration.intake.header import Labels
from orchestration.intake.raw import Flaw, Part, RawFile
from orchestration.intake.refusal import RefusalError
from orchestration.workers import Bounds, EndedError, Process

_BOUNDS = Bounds(memory_bytes=1 << 30, seconds=28)  # a file is asked twice at most: to be read, and why not
_PARTS = b"parts"

_UNREADABLE = (
    "工作簿无法读取：内部写法与 Excel 的不同，或内容损坏。",
    "请用 Excel 或 WPS 打开，另存为 .xlsx 后重新提交（通常另存一次即可）；打不开的，请重新导出。",
)
_GAVE_UP = (
    "工作簿无法读取：内容损坏，或占用的内存、时间超出限度。",
    "请用 Excel 或 WPS 打开，只保留数据区域（删除其余空行空列），另存为新的 .xlsx 后重新提交；"
    "数据量很大时请用 CSV。",
)


class WorkbookReader:
    """Reads workbooks in a child process; use as a context manager. Not for several threads at once."""

    def __init__(self) -> None:
        self.process = Process("the reader of workbooks", _load, _answer, _BOUNDS)

    def __enter__(self) -> WorkbookReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stop()

    def start(self) -> None:
        """Start the child ahead of the first file, so that it loads while the parent does something else."""
        self.process.start()

    def read(self, path: Path, suffix: str, labels: Labels) -> list[Part]:
        """Read the workbook at `path`, delivered as `suffix` (.xlsx, .xls); raises RefusalError, and
        MachineError where the child was killed from outside, twice.

        Returns of each sheet what is known of it, its rows as strings, and the cells known to be faulty.
        """
        answer = self._ask("read", path, suffix, labels)
        if answer is None:
            answer = self._ask("diagnose", path)
        if answer is None:
            raise RefusalError(*_GAVE_UP)
        return _unpack(answer)

    def cells(self, path: Path, suffix: str) -> dict[str, list[list[str]]] | None:
        """Every sheet of the workbook at `path` as text, cell by cell; None where it cannot be read."""
        told = json.loads(self._ask("cells", path, suffix) or b"{}")
        return told.get("cells")

    def _ask(self, *request: object) -> bytes | None:
        """The child's answer; None where the file was too much for it."""
        for _ in range(2):
            try:
                self.process.send(request)
                return self.process.receive()
            except EndedError as ended:
                if ended.is_from_outside:
                    continue
                if ended.was_ready:
                    return None
                raise
        raise MachineError(
            "The process that reads workbooks was killed from outside, twice, most likely because the "
            "machine ran out of memory. No file is to blame, and nothing was taken in: free some memory "
            "and run again."
        )


def _pack(parts: list[Part]) -> bytes:
    """What was read, as an Arrow stream: nothing that came from a workbook is ever unpickled."""
    told = [
        {"rows": len(table), "raw": asdict(raw), "flaws": [asdict(flaw) for flaw in flaws]}
        for raw, table, flaws in parts
    ]
    sink = pa.BufferOutputStream()
    schema = parts[0][1].schema.with_metadata({_PARTS: json.dumps(told)})
    with pa.ipc.new_stream(sink, schema) as writer:
        for _, table, _ in parts:
            writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _unpack(answer: bytes) -> list[Part]:
    if answer.startswith(b"{"):
        raise RefusalError(**json.loads(answer))
    table = pa.ipc.open_stream(answer).read_all()
    told = json.loads(table.schema.metadata[_PARTS])
    table = table.replace_schema_metadata()
    parts: list[Part] = []
    first = 0
    for part in told:
        rows = table.slice(first, part["rows"])
        parts.append((RawFile(**part["raw"]), rows, [Flaw(**flaw) for flaw in part["flaws"]]))
        first += part["rows"]
    return parts


def _load() -> None:
    for module in ("orchestration.intake.workbook", "python_calamine"):
        importlib.import_module(module)


def _answer(request: tuple[Any, ...]) -> bytes:
    from python_calamine import CalamineError

    question, path, *about = request
    try:
        if question == "read":
            from orchestration.intake.workbook import read_workbook

            return _pack(read_workbook(path, *about))
        if question == "cells":
            from orchestration.intake.workbook import read_cells

            return json.dumps({"cells": read_cells(path, *about)}).encode()
        raise _diagnosis(path)
    except RefusalError as refused:
        error = refused
    except CalamineError:
        error = RefusalError(*_UNREADABLE)
    except MemoryError:
        os._exit(1)  # like the allocations that abort: a fresh process says why
    except Exception:  # whatever a reader makes of a hostile file, it is this file's fault
        error = RefusalError(*_GAVE_UP)
    return json.dumps({"reason": error.reason, "remedy": error.remedy}).encode()


def _diagnosis(path: Path) -> RefusalError:
    """Why reading the workbook at `path` ended the child before this one."""
    from orchestration.intake.xlsx_facts import find_stray_cell

    if cell := find_stray_cell(path):
        return RefusalError(
            f"工作表中有远离数据的单元格（{cell}）。",
            "请删除数据区域以外的行和列（整行整列删除，不只是清除内容）后保存，再重新提交。",
        )
    return RefusalError(*_GAVE_UP)
