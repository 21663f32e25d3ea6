"""Processes of this machine that work for this one, and how the two talk.

Some load a slow library once, beside the work that comes before its turn, and a dbt in its own process gives
the warehouse back for certain. One reads what nobody vouches for, within bounds. A process is asked over a
socket pair: requests go out pickled, answers come back as bytes, which a `Worker` unpickles and the reader of
workbooks never does. It ends with the process that started it. Belongs here: the processes and their
protocol. Does not: what they are asked to do.
"""

from __future__ import annotations

import atexit
import os
import pickle
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from orchestration.ending import CHILDREN, end_with_starting_thread
from orchestration.errors import MachineError
from orchestration.settings import PROJECT

Request = TypeVar("Request")
Answer = TypeVar("Answer")

SECONDS_TO_START = 60  # of a process with bounds; the others take as long as their library does
_LENGTH = struct.Struct(">Q")
_CHUNK = 1 << 20
_READY = b"ready"
_FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT}


@dataclass(frozen=True)
class Bounds:
    """What a process may use that reads what nobody vouches for: address space, and seconds an answer."""

    memory_bytes: int
    seconds: float


class EndedError(MachineError):
    """A process ended, or was ended at its deadline, without an answer.

    `status` is as of `subprocess`, None where it lived on; `was_ready` says whether it had loaded.
    """

    def __init__(self, name: str, status: int | None, was_ready: bool) -> None:
        self.status, self.was_ready = status, was_ready
        self.is_from_outside = status is not None and -status in _FROM_OUTSIDE
        if status is not None and status < 0:
            super().__init__(
                f"The process of {name} was killed ({signal.Signals(-status).name}): by somebody, or by "
                "the system for want of memory. Nothing was published. End other programs, and run again."
            )
        else:
            when = "without an answer" if was_ready else "while it started"
            super().__init__(
                f"The process of {name} ended {when} (status {status}): the machine has too little memory, "
                "or the installation is damaged. Nothing was published."
            )


class Process:
    """A process that calls `load` as soon as it is started, and then `answer` for each request.

    Both are functions of a module, named so that the process can import them; `answer` returns bytes. A
    process that runs is not started again. Not for several threads at once.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], object],
        answer: Callable[[Any], bytes],
        bounds: Bounds | None = None,
    ) -> None:
        self._name, self._bounds = name, bounds
        self._functions = pickle.dumps((load, answer))
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._is_ready = False

    @property
    def child(self) -> subprocess.Popen[bytes]:
        """The process, which is started unless it runs."""
        self.start()
        assert self._child is not None
        return self._child

    def start(self) -> None:
        """Start the process, unless it runs; raises MachineError where that cannot be done."""
        if self._child is not None and self._child.poll() is None:
            return
        self.stop()
        self._socket, there = socket.socketpair()
        with there:
            try:
                self._child = subprocess.Popen(
                    # -P: no module is taken from the folder that this process happens to run in
                    [sys.executable, "-P", "-W", _NO_WORD, "-c", _SERVE, str(there.fileno())],
                    pass_fds=[there.fileno()],
                    stdin=subprocess.DEVNULL,
                    stderr=None if self._bounds is None else subprocess.DEVNULL,
                    cwd=PROJECT,  # the caller's folder may go away
                )
            except OSError as error:
                raise MachineError(
                    f"The process of {self._name} cannot be started: {error.strerror}."
                ) from error
        CHILDREN.add(self._child)
        atexit.register(self.stop)
        self._is_ready = False
        self.send((self._bounds, self._functions))

    def send(self, request: object) -> None:
        """Send a request, to `receive` its answer later."""
        self.start()
        assert self._socket is not None  # `start` has made it
        try:
            self._socket.settimeout(None)  # the process reads requests whatever it is about
            _send(self._socket, pickle.dumps(request))
        except OSError as error:
            raise self._ended() from error

    def receive(self) -> bytes:
        """The answer to the request that was sent; raises EndedError, also at the deadline, at which the
        process is ended."""
        assert self._socket is not None  # a request was sent
        try:
            if not self._is_ready:
                _receive(self._socket, SECONDS_TO_START if self._bounds else None)
                self._is_ready = True
            return _receive(self._socket, self._bounds.seconds if self._bounds else None)
        except TimeoutError as error:
            late = EndedError(self._name, None, self._is_ready)
            self.stop()
            raise late from error
        except (EOFError, OSError) as error:
            raise self._ended() from error

    def stop(self) -> None:
        """End the process, if it runs."""
        atexit.unregister(self.stop)
        if self._socket is not None:
            self._socket.close()
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            CHILDREN.discard(self._child)
        self._child = self._socket = None

    def _ended(self) -> EndedError:
        """How the process ended, which has closed its side."""
        assert self._child is not None
        try:
            status = self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            status = None
        self.stop()
        return EndedError(self._name, status, self._is_ready)


class Worker(Generic[Request, Answer]):
    """A process of our own making, whose `answer` returns what it likes and raises what it likes: `ask` does
    the same."""

    def __init__(self, name: str, load: Callable[[], object], answer: Callable[[Request], Answer]) -> None:
        self._process = Process(name, load, _Pickled(answer))

    def start(self) -> None:
        """Start the process, unless it runs."""
        self._process.start()

    def stop(self) -> None:
        """End the process, if it runs: what it holds of memory is free for others."""
        self._process.stop()

    def ask(self, request: Request) -> Answer:
        """The answer to a request; MachineError if the process was killed."""
        self.send(request)
        return self.receive()

    def send(self, request: Request) -> None:
        """Send a request, to `receive` its answer later."""
        self._process.send(request)

    def receive(self) -> Answer:
        """The answer to the request that was sent."""
        answer: Answer
        answer, error = pickle.loads(self._process.receive())
        if error is not None:
            raise error
        return answer


@dataclass(frozen=True)
class _Pickled:
    """A function that answers with a pickled pair: what `answer` returns, or else what it raises."""

    answer: Callable[[Any], Any]

    def __call__(self, request: Any) -> bytes:
        try:
            return pickle.dumps((self.answer(request), None))
        except Exception as error:
            return pickle.dumps((None, error))


def _send(to: socket.socket, message: bytes) -> None:
    to.sendall(_LENGTH.pack(len(message)))
    to.sendall(message)


def _receive(sender: socket.socket, seconds: float | None = None) -> bytes:
    """One message; raises EOFError where the other side is gone, TimeoutError after so many seconds."""
    deadline = None if seconds is None else time.monotonic() + seconds

    def exactly(size: int) -> bytes:
        received = bytearray()  # grows by what came: the length may be a lie
        while len(received) < size:
            if deadline is not None and (left := deadline - time.monotonic()) <= 0:
                raise TimeoutError
            sender.settimeout(None if deadline is None else left)
            chunk = sender.recv(min(size - len(received), _CHUNK))
            if not chunk:
                raise EOFError
            received += chunk
        return bytes(received)

    return exactly(_LENGTH.unpack(exactly(_LENGTH.size))[0])


# Python clears the semaphores of dbt away when its process is ended, and warns of it.
_NO_WORD = "ignore::UserWarning:multiprocessing.resource_tracker"
_SERVE = "import sys; from orchestration.workers import serve; serve(int(sys.argv[1]))"


def serve(descriptor: int) -> None:
    """What such a process does: answer requests until the process that started it closes its end, or is
    gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, Ctrl-C reaches parent and children at once
    parent = socket.socket(fileno=descriptor)
    bounds, functions = pickle.loads(_receive(parent))
    if bounds is not None:
        _confine(bounds)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_hear, args=(parent, requests), name="requests", daemon=True).start()
    load, answer = pickle.loads(functions)
    load()
    _tell(parent, _READY)
    while True:
        _tell(parent, answer(pickle.loads(requests.get())))


def _tell(parent: socket.socket, message: bytes) -> None:
    """Send a message; whoever is no longer there has been killed, and wants no word of this process."""
    try:
        _send(parent, message)
    except OSError:
        os._exit(0)


def _hear(parent: socket.socket, requests: queue.SimpleQueue[bytes]) -> None:
    """Take requests at once, so that the end of the parent is noticed whatever this process is about; to take
    the loaded libraries apart would cost most of a second."""
    try:
        while True:
            requests.put(_receive(parent))
    except (EOFError, OSError):
        os._exit(0)


def _confine(bounds: Bounds) -> None:
    import resource

    end_with_starting_thread()  # however busy what it reads keeps it
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # mimalloc reserves a GiB of address space, which is what the limit counts
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
