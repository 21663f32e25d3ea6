"""The service as `deploy/` starts it: three processes of an account that owns nothing of the installation;
each of them is killed, and the others live."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from orchestration.service import running
from orchestration.settings import PROJECT, Home
from tests.machine.matrix import ACCOUNT, AS_ACCOUNT, for_root
from tests.units import PARTS, Started, by_compose, by_systemd

pytestmark = [pytest.mark.matrix, for_root]


@pytest.fixture
def srv() -> Iterator[Path]:
    """What the system's administrator makes: a home of the account, an inbox that it reads."""
    program = PROJECT / ".venv" / "bin" / "mujun"
    if subprocess.run([*AS_ACCOUNT, program, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("the interpreter lies where no other account may go")
    folder = Path(tempfile.mkdtemp(prefix="mujun-"))  # a socket's path is short
    folder.chmod(0o755)
    for name, mode, owner in (("home", 0o750, ACCOUNT), ("inbox", 0o755, 0)):
        (folder / name).mkdir()
        (folder / name).chmod(mode)
        os.chown(folder / name, owner, owner)
    yield folder
    shutil.rmtree(folder)


class Service:
    """The three processes, each with what it says in a file."""

    def __init__(self, srv: Path, how: Callable[[str], Started]) -> None:
        self.srv, self.how, self.home = srv, how, Home(srv / "home")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.logs: dict[str, Path] = {}
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]

    def start(self, part: str) -> None:
        """By its very line, but for where things are here, and the port."""
        started = self.how(part)
        command = [word.replace("/opt/mujun", str(PROJECT)) for word in started.command]
        command += ["--port", str(self.port)] if part == "web" else []
        told = {
            name: value.replace("/srv/mujun", str(self.srv)) for name, value in started.environment.items()
        }
        told["MUJUN_NOTIFY"] = ""
        self.logs[part] = self.srv / f"{part}.{len(list(self.srv.glob('*.log')))}.log"
        with self.logs[part].open("wb") as log:
            self.processes[part] = subprocess.Popen(
                [*AS_ACCOUNT, *command],
                stdout=log,
                stderr=log,
                env={"PATH": "/usr/bin:/bin", **told},
                cwd="/",
                start_new_session=True,
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_IGN),  # as a shell does with `&`
            )

    def said(self, part: str) -> str:
        return self.logs[part].read_text(encoding="utf-8")

    def status(self, path: str, cookie: str = "", body: str | None = None) -> tuple[int, str, str]:
        """Status, text and cookie of what the web UI answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        method, headers = ("POST" if body else "GET"), {"Cookie": cookie, "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), (answer.getheader("Set-Cookie") or "").split(";")[0]

    def enter(self) -> str:
        """The cookie for the address that was printed last."""
        wait_for(lambda: "token=" in self.said("web"))
        return self.status("/?token=" + re.findall(r"token=(\S+)", self.said("web"))[-1])[2]

    def sees_code(self, cookie: str) -> bool:
        query = '{"query": "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"}'
        status, text, _ = self.status("/graphql", cookie, query)
        return status == 200 and '"__repository__"' in text

    def end(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            process.wait(60)
        for part in self.logs:
            print(f"{part} said: …{self.said(part)[-2000:]}")


def wait_for(holds: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def runs(home: Home, part: str) -> bool:
    return running(home, part) is not None


def listening(pid: int) -> set[str]:
    """The TCP ports at which a process listens, as the kernel writes them."""
    own = {str(descriptor.readlink()) for descriptor in Path(f"/proc/{pid}/fd").iterdir()}
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return {line[1] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in own}


@pytest.mark.parametrize("how", [by_systemd, by_compose])
def test_three_processes_and_one_that_dies_takes_no_other_with_it(
    srv: Path, how: Callable[[str], Started]
) -> None:
    service = Service(srv, how)
    try:
        for part in PARTS:
            service.start(part)
        cookie = service.enter()
        wait_for(lambda: service.sees_code(cookie))
        for part in PARTS:
            wait_for(partial(runs, service.home, part))
        # No way around the gate: without a cookie nothing, and no other port of any of them.
        assert service.status("/graphql", body='{"query": "{ version }"}')[0] == 403
        ports = {part: listening(process.pid) for part, process in service.processes.items()}
        assert [len(ports[part]) for part in PARTS] == [0, 0, 1]
        socket_folder = service.home.dagster / "code"
        assert (socket_folder.stat().st_mode & 0o777, socket_folder.stat().st_uid) == (0o700, ACCOUNT)

        for part in PARTS:
            killed = service.processes[part]
            os.kill(killed.pid, signal.SIGKILL)
            killed.wait(30)
            time.sleep(1)
            others = [process for name, process in service.processes.items() if name != part]
            assert [process.poll() for process in others] == [None, None]
            if part != "web":
                assert service.status("/graphql", cookie, '{"query": "{ version }"}')[0] == 200
            service.start(part)  # as the system does
            wait_for(partial(runs, service.home, part))
        cookie = service.enter()
        wait_for(lambda: service.sees_code(cookie))

        # A second one says that the first runs.
        first = service.processes["web"].pid
        service.start("web")
        assert service.processes["web"].wait(60) == 2
        assert re.search(
            rf"`mujun serve web` \(process \d+\) is running for {service.home.path}", service.said("web")
        )
        os.kill(first, signal.SIGTERM)
    finally:
        service.end()
