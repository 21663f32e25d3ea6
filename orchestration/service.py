"""Dagster as a service: the code server, the daemon with schedules and sensors on, the web UI behind a guard.

Each is a process of its own, started by the system (`mujun serve`), and one that dies takes no other with it;
or `mujun ui` is all of them, which end together. Belongs here: those processes. Does not: who may ask the UI
(`guard`), what is run (`jobs`).
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, NoReturn

from orchestration.ending import STATUS
from orchestration.errors import UserError
from orchestration.guard import LOCAL_NAMES, TOKEN, Guard
from orchestration.launch import DEFINITIONS, opened_instance, prepare
from orchestration.living import fail_the_dead
from orchestration.policy import load_policy
from orchestration.settings import PROJECT, Home, policy_folder

if TYPE_CHECKING:
    from dagster._core.workspace.load_target import WorkspaceLoadTarget

PARTS = ("code", "daemon", "web")
_PATIENCE = 20  # seconds for the daemon to end by itself
_FAREWELL = 2  # seconds for open pages
_TRIES, _TRY_AGAIN = 5, 0.1  # for a lock, and the seconds between
_LONGEST_SOCKET = 107  # bytes in the name of a socket, by the kernel


def serve_all(
    home: Home, *, host: str, port: int, names: Collection[str], say: Callable[[str], object]
) -> int:
    """Serve everything until this process is asked to end; the daemon then ends too. As `serve_web`."""
    with _only(home, "mujun ui", *PARTS):
        _ready(home)
        from dagster._core.workspace.load_target import ModuleTarget

        code = ModuleTarget(DEFINITIONS, None, str(PROJECT), None)
        return _web(home, code, _daemon, host, port, names, say)


def serve_web(
    home: Home, *, host: str, port: int, names: Collection[str], say: Callable[[str], object]
) -> int:
    """Serve the UI on `host` and `port`, to those who call it by one of `names`, until this process is asked
    to end. `say` is told the address to open. Returns the status to end with.

    UserError where the method is faulty, the port taken, or the home served already.
    """
    with _only(home, "mujun serve web", "web"):
        _ready(home)
        return _web(home, _code_server(home), ExitStack, host, port, names, say)


def serve_daemon(home: Home) -> None:
    """Run the daemon: schedules, sensors, the queue of runs. UserError as `serve_web`."""
    with _only(home, "mujun serve daemon", "daemon"):
        _ready(home)
        _run_daemon(home, _code_server(home))


def serve_code(home: Home) -> None:
    """Serve the project's definitions to the other two, and run what they launch, on a socket in a folder of
    the home that is for its owner alone: who reaches it may launch runs. UserError as `serve_web`."""
    from dagster._cli.api import grpc_command

    with _only(home, "mujun serve code", "code"):
        _ready(home)
        named = ["--module-name", DEFINITIONS, "--location-name", DEFINITIONS, "--working-directory", PROJECT]
        arguments = ["--socket", _socket(home), *named, "--log-level", "warning"]
        # Dagster lets SIGTERM do what SIGINT does, which what a shell started in the background ignores.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        grpc_command.main(list(map(str, arguments)), standalone_mode=False)


def running(home: Home, part: str) -> str | None:
    """The command, with its process, that serves this part of the home; None if none does."""
    lock = _lock(home, part)
    try:
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    return None


def _ready(home: Home) -> None:
    load_policy(policy_folder())
    prepare(home)
    with opened_instance(home):
        pass  # Dagster's settings and databases are made before its own processes look for them
    os.environ["PYTHONSAFEPATH"] = "1"


def _lock(home: Home, part: str) -> Path:
    return home.dagster / f"{part}.lock"


@contextmanager
def _only(home: Home, command: str, *parts: str) -> Iterator[None]:
    """Two daemons of one home would launch everything twice."""
    home.create()
    with ExitStack() as held:
        for part in parts:
            lock = held.enter_context(_lock(home, part).open("a+", encoding="utf-8"))
            if not _taken(lock):
                by = running(home, part) or "Another process"
                raise UserError(f"{by} is running for {home.path} already. Use that one, or end it first.")
            lock.truncate(0)
            lock.write(f"`{command}` (process {os.getpid()})")
            lock.flush()
        yield


def _taken(lock: IO[str]) -> bool:
    """Whether the lock is this process's now. Who asks `running` holds it for a moment: more than one try."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_TRY_AGAIN)
        else:
            return True
    return False


def _socket(home: Home) -> Path:
    """Where the code server listens; its folder is made, and is for its owner alone."""
    path = home.dagster / "code" / "socket"
    if len(os.fsencode(path)) > _LONGEST_SOCKET:
        raise UserError(f"The path {path} is too long for a socket. Take a home with a shorter one.")
    path.parent.mkdir(exist_ok=True)
    path.parent.chmod(0o700)
    return path


def _code_server(home: Home) -> WorkspaceLoadTarget:
    from dagster._core.workspace.load_target import GrpcServerTarget

    return GrpcServerTarget(host="localhost", port=None, socket=str(_socket(home)), location_name=DEFINITIONS)


def _web(
    home: Home,
    code: WorkspaceLoadTarget,
    beside: Callable[[], Any],
    host: str,
    port: int,
    names: Collection[str],
    say: Callable[[str], object],
) -> int:
    import dagster as dg
    import uvicorn
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster_webserver.app import create_app_from_workspace_process_context

    def tell(token: str) -> None:
        for name in names:
            shown = f"[{name}]" if ":" in name else name
            say(f"Open      http://{shown}:{port}/?{TOKEN}={token}")
        say("          (for one browser, once; the next address is printed then)")

    try:
        with _listening(host, port) as listener, opened_instance(home) as instance:
            for number in STATUS:
                signal.signal(number, _end)
            for run_id in fail_the_dead(instance, home):
                say(f"failed    the run {run_id}: its process was killed")
            with (
                beside(),
                WorkspaceProcessContext(
                    instance, code, version=dg.__version__, code_server_log_level="WARNING"
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


def _run_daemon(home: Home, code: WorkspaceLoadTarget) -> None:
    from dagster._daemon.controller import daemon_controller_from_instance
    from dagster._utils.interrupts import capture_interrupts, setup_interrupt_handlers

    setup_interrupt_handlers()
    try:
        with (
            capture_interrupts(),
            opened_instance(home) as instance,
            daemon_controller_from_instance(
                instance,
                workspace_load_target=code,
                log_level="warning",
                code_server_log_level="warning",
            ) as controller,
        ):
            controller.check_daemon_loop()
    except KeyboardInterrupt:
        return


def _end_with_parent() -> None:
    sys.stdin.read()  # comes back when the parent has closed its end, or is gone
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    from dagster._core.workspace.load_target import ModuleTarget

    threading.Thread(target=_end_with_parent, daemon=True).start()
    _run_daemon(Home.default(), ModuleTarget(DEFINITIONS, None, str(PROJECT), None))
