"""Dagster as a service: its web UI behind a guard, its daemon with schedules and sensors on.

Belongs here: the processes of the service, which end together. Does not: who may ask the UI (`guard`), what
is run (`jobs`).
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from orchestration.ending import STATUS
from orchestration.errors import UserError
from orchestration.guard import LOCAL_NAMES, TOKEN, Guard
from orchestration.launch import DEFINITIONS, opened_instance, prepare
from orchestration.living import fail_the_dead
from orchestration.policy import load_policy
from orchestration.settings import PROJECT, Home, policy_folder

_PATIENCE = 20  # seconds for the daemon to end by itself
_FAREWELL = 2  # seconds for open pages


def serve(home: Home, *, host: str, port: int, names: Collection[str], say: Callable[[str], object]) -> int:
    """Serve the UI on `host` and `port`, to those who call it by one of `names`, until this process is asked
    to end; the daemon then ends too. `say` is told the address to open. Returns the status to end with.

    UserError where the method is faulty, the port taken, or the home served already.
    """
    import dagster as dg
    import uvicorn
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    load_policy(policy_folder())
    prepare(home)
    os.environ["PYTHONSAFEPATH"] = "1"

    def tell(token: str) -> None:
        for name in names:
            shown = f"[{name}]" if ":" in name else name
            say(f"Open      http://{shown}:{port}/?{TOKEN}={token}")
        say("          (for one browser, once; the next address is printed then)")

    try:
        with _only_service(home), _listening(host, port) as listener, opened_instance(home) as instance:
            for number in STATUS:
                signal.signal(number, _end)
            for run_id in fail_the_dead(instance, home):
                say(f"failed    the run {run_id}: its process was killed")
            with (
                _daemon(),
                WorkspaceProcessContext(
                    instance,
                    ModuleTarget(DEFINITIONS, None, str(PROJECT), None),
                    version=dg.__version__,
                    code_server_log_level="WARNING",
                ) as context,
            ):
                app = create_app_from_workspace_process_context(context)
                app.add_middleware(Guard, hosts={*LOCAL_NAMES, *names}, port=port, tell=tell)
                config = uvicorn.Config(
                    app, log_level="warning", timeout_graceful_shutdown=_FAREWELL, server_header=False
                )
                uvicorn.Server(config).run([listener])
    except SystemExit as asked:
        return int(str(asked.code))
    return 0


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(STATUS[number])


@contextmanager
def _only_service(home: Home) -> Iterator[None]:
    """Two daemons of one home would launch everything twice."""
    with (home.dagster / "service.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"`mujun ui` is running for {home.path} already.") from None
        yield


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128
        )
    except OSError as error:
        raise UserError(f"{host}:{port} cannot be served: {error.strerror}. Try another --port.") from error
    with listener:
        yield listener


@contextmanager
def _daemon() -> Iterator[None]:
    """Dagster's daemon in a process of its own, which ends with this one however this one ends."""
    process: subprocess.Popen[Any] = subprocess.Popen(
        [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, cwd=PROJECT, start_new_session=True
    )
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def _end_with_parent() -> None:
    sys.stdin.read()  # comes back when the parent has closed its end, or is gone
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    from dagster._daemon.cli import run_command

    threading.Thread(target=_end_with_parent, daemon=True).start()
    run_command(["-m", DEFINITIONS, "-d", str(PROJECT), "--log-level", "warning"])
