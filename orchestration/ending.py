"""How processes end: at once when a person or the system asks, and never later than their parent.

Belongs here: signals and what follows them. Does not: putting right what a process left (`release.upkeep`,
`living`), which the next one does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from types import FrameType

STATUS: Mapping[int, int] = {signal.SIGINT: 130, signal.SIGTERM: 143}
_BY: Mapping[int, str] = {signal.SIGINT: "by Ctrl-C", signal.SIGTERM: "by the system (SIGTERM)"}


def end_when_asked() -> None:
    """From now on end this process, and with it its children, as soon as it is asked to: with one sentence,
    and status 130 or 143.

    A thread hears of the signals by the descriptor that the interpreter writes them to. A handler would wait
    for whatever the main thread is about, and the libraries put their own in its place.
    """
    heard, written = os.pipe()
    os.set_blocking(written, False)
    signal.set_wakeup_fd(written, warn_on_full_buffer=False)
    for asked in STATUS:
        signal.signal(asked, _nothing)
    threading.Thread(target=_wait, args=(heard,), name="signals", daemon=True).start()


def _nothing(number: int, frame: FrameType | None) -> None:
    """What the main thread does about a signal."""


def _wait(heard: int) -> None:
    asked = next(number for byte in iter(lambda: os.read(heard, 1), b"") if (number := byte[0]) in STATUS)
    for child in multiprocessing.active_children():
        child.kill()
    said = "What it had begun is cleared away by the next run; nothing is half done."
    os.write(2, f"\nmujun: stopped {_BY[asked]}. {said}\n".encode())
    os._exit(STATUS[asked])


def end_with_parent() -> None:
    """From now on end this child process as soon as the one that started it has ended, however that ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches parent and children at once
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive_nobody, args=(parent,), name="parent", daemon=True).start()


def _outlive_nobody(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
