"""How processes end: at once when a person or the system asks, and never later than their parent.

Belongs here: signals and what follows them. Does not: putting right what a process left (`release.upkeep`,
`living`), which the next one does.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType

STATUS: Mapping[int, int] = {signal.SIGINT: 130, signal.SIGTERM: 143}
_PR_SET_PDEATHSIG = 1
CHILDREN: set[subprocess.Popen[bytes]] = set()  # of this process, which end with it
LAST_WORDS: list[Callable[[str], object]] = []  # each is told how this process was stopped
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
    for child in tuple(CHILDREN):
        child.kill()
    for last_word in tuple(LAST_WORDS):
        last_word(f"stopped {_BY[asked]}")
    said = "What it had begun is cleared away by the next run; nothing is half done."
    os.write(2, f"\nmujun: stopped {_BY[asked]}. {said}\n".encode())
    os._exit(STATUS[asked])


def end_with_starting_thread() -> None:
    """Have the kernel kill this process as soon as the thread that started it ends, however that ended.

    Elsewhere than on Linux nothing comes of it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
