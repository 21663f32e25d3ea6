"""Processes of this machine that load a slow library once, beside the work that comes before its turn.

Great Expectations and dbt take seconds to load, and a dbt in its own process gives the warehouse back for
certain. Belongs here: the processes and their pipes. Does not: what they are asked to do.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from orchestration.ending import end_with_parent
from orchestration.errors import MachineError
from orchestration.settings import PROJECT

Request = TypeVar("Request")
Answer = TypeVar("Answer")

_spawn = multiprocessing.get_context("spawn")


class Worker(Generic[Request, Answer]):
    """A process that calls `load` as soon as it is started, and then `answer` for each request.

    Both are functions of a module, named so that the process can import them. Starting again a process that
    runs does nothing; it ends with the process that started it.
    """

    def __init__(self, name: str, load: Callable[[], object], answer: Callable[[Request], Answer]) -> None:
        self._name, self._load, self._answer = name, load, answer
        self._process: Any = None
        self._pipe: Connection | None = None

    def start(self) -> None:
        """Start the process, unless it runs."""
        if self._process is not None and self._process.is_alive():
            return
        self._pipe, there = _spawn.Pipe()
        self._process = _spawn.Process(
            target=_serve, args=(there, self._load, self._answer), name=self._name, daemon=True
        )
        with _installed_modules_only():
            self._process.start()
        there.close()
        atexit.register(self._process.join)
        atexit.register(self._pipe.close)  # called before the other: what is registered last is called first

    def ask(self, request: Request) -> Answer:
        """The answer to a request. What `answer` raises is raised here; MachineError if the process was
        killed."""
        self.send(request)
        return self.receive()

    def send(self, request: Request) -> None:
        """Send a request, to `receive` its answer later."""
        self.start()
        assert self._pipe is not None  # `start` has just made it
        try:
            self._pipe.send(request)
        except OSError as error:
            raise self._ended() from error

    def receive(self) -> Answer:
        """The answer to the request that was sent."""
        assert self._pipe is not None  # a request was sent
        try:
            answer: Answer | _Raised = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        if isinstance(answer, _Raised):
            raise answer.error
        return answer

    def _ended(self) -> Exception:
        self._process.join()
        status = self._process.exitcode
        if status is None or status >= 0:
            return RuntimeError(f"The process of {self._name} ended without an answer, with status {status}.")
        return MachineError(
            f"The process of {self._name} was killed ({signal.Signals(-status).name}): by somebody, or by "
            "the system for want of memory. Nothing was published. End other programs, and run again."
        )


@contextmanager
def _installed_modules_only() -> Iterator[None]:
    """Let a process that is started meanwhile take no module from the folder that this one happens to run in:
    a `pickle.py` may lie there."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


class _Raised:
    def __init__(self, error: Exception) -> None:
        self.error = error


def _serve(requests: Connection, load: Callable[[], object], answer: Callable[[Any], Any]) -> None:
    end_with_parent()
    os.chdir(PROJECT)  # the caller's folder may go away
    # Called last when the process ends: to take the loaded libraries apart would cost most of a second.
    atexit.register(os._exit, 0)
    load()
    while True:
        try:
            request = requests.recv()
        except (EOFError, OSError):
            return
        try:
            requests.send(answer(request))
        except Exception as error:
            requests.send(_Raised(error))
