"""The command, ready to start: a process that has loaded all that `mujun run` loads, and forks for each call.

To load Dagster, dbt and Great Expectations costs every run some seconds of the processor, which is no part of
what most tests are about. The year of `docs/year.md`, two runs at once and the fault matrix start the command
as a person does. Belongs here: loading once, forking, and handing back how the call ended. Does not: what is
called.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_REQUEST = 1 << 20  # bytes, which no call exceeds


class Ready:
    """The ready process. `call` starts the command in a fork of it, and waits for its end."""

    def __init__(self) -> None:
        self._socket, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.ready", str(there.fileno())], pass_fds=[there.fileno()]
            )

    def call(
        self, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """How `mujun <arguments>` ended with this environment in the present folder."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            request = pickle.dumps((list(arguments), dict(environment), str(Path.cwd())))
            socket.send_fds(self._socket, [request], [out.fileno(), err.fileno()])
            status = pickle.loads(self._socket.recv(_REQUEST))
            written = []
            for file in (out, err):
                file.seek(0)
                written.append(file.read().decode())
        return subprocess.CompletedProcess(list(arguments), status, *written)

    def stop(self) -> None:
        """End the process."""
        self._socket.close()
        self._process.wait()


def _load() -> None:
    import orchestration.definitions
    import orchestration.intake.run
    import orchestration.launch
    import orchestration.objections
    import orchestration.presentation.explain_view
    import orchestration.presentation.replies
    import orchestration.publish
    import orchestration.report
    import orchestration.reproduce  # noqa: F401
    from expectations.judge import warm_up
    from orchestration.transform import load

    warm_up()
    load()


def _serve(asked: socket.socket) -> None:
    gc.disable()
    _load()
    gc.freeze()
    while True:
        request, descriptors, _, _ = socket.recv_fds(asked, _REQUEST, 2)
        if not request:
            return
        child = os.fork()
        if not child:
            asked.close()
            arguments, environment, folder = pickle.loads(request)
            _become(arguments, environment, folder, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(child, 0)
        asked.send(pickle.dumps(os.waitstatus_to_exitcode(status)))


def _become(
    arguments: list[str], environment: dict[str, str], folder: str, descriptors: Sequence[int]
) -> None:
    """Be the command, which ends this process."""
    import orchestration.workers
    from orchestration.cli import main

    for descriptor, standard in zip(descriptors, (1, 2), strict=True):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["mujun", *arguments]
    orchestration.workers.subprocess = SimpleNamespace(  # type: ignore[assignment]
        **{name: getattr(subprocess, name) for name in ("DEVNULL", "TimeoutExpired")}, Popen=_started
    )
    main()


class _Forked:
    """A process of the command's, forked too: what it has loaded need not be loaded again."""

    def __init__(self, descriptor: int) -> None:
        self.returncode: int | None = None
        self.pid = os.fork()
        if not self.pid:
            self._serve(descriptor)

    @staticmethod
    def _serve(descriptor: int) -> None:
        from orchestration.workers import serve

        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for other in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
            if other > 2 and other != descriptor:
                try:
                    os.close(other)
                except OSError:
                    continue  # that of the listing itself
        try:
            serve(descriptor)
        finally:
            os._exit(1)

    def poll(self) -> int | None:
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


def _started(command: list[str], **options: Any) -> Any:
    """A process as `orchestration.workers` starts it. One within bounds is started anew: its address space is
    counted."""
    if options["stderr"] is not None:
        return subprocess.Popen(command, **options)
    return _Forked(int(command[-1]))


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
