"""The child process that reads untrusted workbooks, and the handle that its parent holds.

A workbook is a program for its reader: a cell at XFD1048576, a zip bomb or an entity bomb ends the process
that reads it. So one long-lived child reads all of them within limits, and is replaced when it dies. How it
died tells whose fault that was: by its limits, the file's; killed from outside, or before it was ready, the
machine's.

Belongs here: the child's life, its limits and how the two talk. Does not: how a workbook is read
(`workbook`).
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from orchestration.errors import MachineError
from orchestration.intake.header import Labels
from orchestration.intake.raw import Flaw, Part, RawFile
from orchestration.intake.refusal import RefusalError
from orchestration.settings import PROJECT

MEMORY_BYTES = 1 << 30
SECONDS_TO_START = 60
SECONDS_A_QUESTION = 28  # a file takes two at most: to be read, and to say why that failed
_LENGTH = struct.Struct(">Q")
_READY = b"ready"
_PR_SET_PDEATHSIG = 1
_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT, -signal.SIGQUIT}
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
        self._child: subprocess.Popen[bytes] | None = None
        self._is_ready = False

    def __enter__(self) -> WorkbookReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def start(self) -> None:
        """Start the child ahead of the first file, so that it loads while the parent does something else."""
        if self._child is not None:
            return
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=PROJECT,
                # mimalloc reserves a GiB of address space, which is what the limit counts
                env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
            )
        except OSError as error:
            raise MachineError(
                f"The process that reads workbooks cannot be started: {error.strerror}."
            ) from error
        self._is_ready = False

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
            child = self._started()
            try:
                if not self._is_ready:
                    self._is_ready = _receive(child.stdout, time.monotonic() + SECONDS_TO_START) == _READY
                _send(child.stdin, pickle.dumps(request))
                return _receive(child.stdout, time.monotonic() + SECONDS_A_QUESTION)
            except (OSError, EOFError, TimeoutError) as error:
                status = None if isinstance(error, TimeoutError) else self._ended()
                self._stop()
                if status in _FROM_OUTSIDE:
                    continue
                if self._is_ready:
                    return None
                raise MachineError(
                    f"The process that reads workbooks ended while it started (status {status}): the machine "
                    "has too little memory, or the installation is damaged. Nothing was taken in."
                ) from error
        raise MachineError(
            "The process that reads workbooks was killed from outside, twice, most likely because the "
            "machine ran out of memory. No file is to blame, and nothing was taken in: free some memory "
            "and run again."
        )

    def _started(self) -> Any:
        self.start()
        return self._child

    def _ended(self) -> int | None:
        """The exit status of the child, which has closed its side; None if it lives on all the same."""
        assert self._child is not None
        try:
            return self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return None

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes], deadline: float) -> bytes:
    """One message; raises EOFError where the other side is gone, TimeoutError at the deadline."""

    def exactly(size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            if not select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError
            part = os.read(stream.fileno(), size - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    return exactly(_LENGTH.unpack(exactly(_LENGTH.size))[0])


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


def _answer(request: bytes) -> bytes:
    from python_calamine import CalamineError

    question, path, *about = pickle.loads(request)
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


def _end_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, however busy a workbook keeps it. (Elsewhere
    than on Linux it ends after that workbook.)"""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    """Answer requests on standard input until it closes."""
    import resource

    _end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the parent ends its child
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for module in ("orchestration.intake.workbook", "python_calamine"):
        importlib.import_module(module)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    _send(sink, _READY)
    while length := source.read(_LENGTH.size):
        _send(sink, _answer(source.read(_LENGTH.unpack(length)[0])))


if __name__ == "__main__":
    main()
