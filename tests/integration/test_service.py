"""Dagster in a home: runs that were killed, damaged files, and the web UI, which obeys no other page."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import dagster as dg
import pytest
import websockets
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from orchestration.cli import cli
from orchestration.dagster_files import settings_file
from orchestration.errors import UserError
from orchestration.launch import opened_instance, prepare
from orchestration.living import come_alive, fail_the_dead
from orchestration.service import serve_all, serve_daemon
from orchestration.settings import Home
from tests.conftest import COMMAND
from tests.integration.test_site import CHROMIUM, DRIVER, headless

_GOES_ON = dg.DagsterRunStatus.STARTED


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a name that neither a shell, SQL, a template nor an address would like."""
    monkeypatch.setenv("MUJUN_HOME", "")
    monkeypatch.setenv("DAGSTER_HOME", "")
    home = Home(tmp_path / "o'brien #1 100% {x} *")
    prepare(home)
    return home


def started(instance: dg.DagsterInstance) -> str:
    """The id of a run that says that it goes on."""
    run_id = str(uuid.uuid4())
    instance.add_run(dg.DagsterRun("draft_year", run_id, status=_GOES_ON))
    return run_id


def test_a_run_whose_process_was_killed_is_failed_and_one_that_lives_is_not(home: Home) -> None:
    with opened_instance(home) as instance:
        killed, lives, launched = (started(instance) for _ in range(3))
        code = (
            "import sys, time; from pathlib import Path; from orchestration.living import come_alive; "
            "from orchestration.settings import Home; come_alive(Home(Path(sys.argv[1])), sys.argv[2]); "
            "print('alive', flush=True); time.sleep(600)"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, str(home.path), killed], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            assert fail_the_dead(instance, home) == []
            process.kill()
        come_alive(home, lives)  # and waits for the right to write, or has it
        assert fail_the_dead(instance, home) == [killed]
        statuses = {run.run_id: run.status for run in instance.get_runs()}
        assert statuses == {
            killed: dg.DagsterRunStatus.FAILURE,
            lives: _GOES_ON,
            launched: _GOES_ON,  # it loads; too young to be called dead
        }
        told = [event.message for event in instance.all_logs(killed)]
        assert any("it was killed, or the machine went down" in message for message in told)


@pytest.mark.parametrize(
    "name", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db", "dagster.yaml"]
)
@pytest.mark.parametrize("damage", ["cut", "garbage", "emptied"])
def test_what_is_damaged_is_set_aside_and_made_anew(
    home: Home, name: str, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened_instance(home) as instance:
        started(instance)
    path = home.dagster / name
    content = path.read_bytes()
    for beside in path.parent.glob(f"{path.name}-*"):
        beside.unlink()
    damaged = {"cut": content[: len(content) // 2], "garbage": b"\x80\xffxyz" * 999, "emptied": b""}[damage]
    path.write_bytes(damaged)
    with opened_instance(home) as instance:
        run_id = started(instance)
        assert run_id in {run.run_id for run in instance.get_runs()}
        instance.report_engine_event("still there", run_id=run_id, job_name="draft_year")
        instance.report_runless_asset_event(dg.AssetMaterialization("release"))
        assert instance.all_logs(run_id)
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.max_concurrent_runs == 1
    if damaged:
        assert "was damaged: it is set aside as" in capsys.readouterr().out
        assert next(path.parent.glob(f"{path.name}.damaged-*")).read_bytes() == damaged


def test_settings_that_their_owner_changed_are_left(home: Home) -> None:
    with opened_instance(home):
        pass
    own = settings_file(home).read_text(encoding="utf-8") + "# our own\n"
    settings_file(home).write_text(own, encoding="utf-8")
    with opened_instance(home):
        pass
    assert settings_file(home).read_text(encoding="utf-8") == own


@dataclass
class Server:
    """A `mujun ui` that runs."""

    process: subprocess.Popen[str]
    port: int
    addresses: list[str] = field(default_factory=list)
    cookie: str = ""

    def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, str | None]:
        """Status, text and cookie of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Content-Type": "application/json"} | dict(headers or {})
        connection.request(method, path, json.dumps(body) if body else None, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, answer.getheader("Set-Cookie")

    def address(self) -> str:
        """The address that was printed next: path and query."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(rf"http://127\.0\.0\.1:{self.port}(/\?token=\S+)", line):
                return found.group(1)
        raise AssertionError("mujun ui has ended")


QUERY = {"query": "{ runsOrError { ... on Runs { results { runId } } } }"}
LAUNCH = """mutation { launchPipelineExecution(executionParams: {mode: "default", selector: {
    jobName: "take_in_year", repositoryName: "__repository__",
    repositoryLocationName: "orchestration.definitions"}}) { __typename } }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "inbox").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = ["--port", str(port), "--home", str(folder / "home"), "--inbox", str(folder / "inbox")]
    with subprocess.Popen(
        [COMMAND, "ui", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        server = Server(process, port)
        entry = server.address()
        status, _, cookie = server.ask("GET", entry)
        assert status == 303
        assert cookie is not None
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()
        server.cookie = cookie.split(";")[0]
        server.addresses.append(entry)
        yield server
        members = children(process.pid)
        assert len(members) >= 2  # the daemon and what loads the definitions
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 128 + signal.SIGTERM
    deadline = time.monotonic() + 60
    while left := {pid for pid in members if Path(f"/proc/{pid}").exists()}:
        assert time.monotonic() < deadline, f"mujun ui has left {left}"
        time.sleep(0.2)


def children(pid: int) -> set[int]:
    """The processes that one has started, and those that they have."""
    found = {
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text().split()
    }
    return found.union(*(children(child) for child in found)) if found else set()


@pytest.mark.parametrize(
    ("method", "headers", "with_cookie"),
    [
        ("GET", {}, True),
        ("POST", {"Origin": "http://example.com"}, True),
        ("POST", {"Origin": "http://127.0.0.1:1"}, True),
        ("POST", {"Origin": "null"}, True),
        ("POST", {"Host": "example.com"}, True),
        ("POST", {}, False),
        ("POST", {"Cookie": "mujun=x"}, False),
    ],
)
def test_what_another_page_asks_is_refused(
    server: Server, method: str, headers: dict[str, str], with_cookie: bool
) -> None:
    own = {"Cookie": server.cookie} if with_cookie else {}
    path = "/graphql" + ("?query=" + "".join(f"%{ord(c):02x}" for c in LAUNCH) if method == "GET" else "")
    status, text, _ = server.ask(method, path, {"query": LAUNCH} if method == "POST" else None, own | headers)
    assert (status, text.split()[0]) == (403, "mujun:")
    status, text, _ = server.ask("POST", "/graphql", QUERY, {"Cookie": server.cookie})
    assert (status, json.loads(text)["data"]["runsOrError"]["results"]) == (200, [])


def test_an_address_serves_once(server: Server) -> None:
    assert server.ask("GET", server.addresses[0])[0] == 403
    assert server.ask("GET", "/")[0] == 403


@pytest.mark.parametrize(
    ("origin", "with_cookie", "let_in"),
    [("own", True, True), ("own", False, False), ("http://example.com", True, False)],
)
def test_subscriptions_are_for_the_page_itself(
    server: Server, origin: str, with_cookie: bool, let_in: bool
) -> None:
    async def first_word() -> str:
        async with websockets.connect(
            f"ws://127.0.0.1:{server.port}/graphql",
            origin=websockets.Origin(f"http://127.0.0.1:{server.port}" if origin == "own" else origin),
            subprotocols=[websockets.Subprotocol("graphql-ws")],
            additional_headers={"Cookie": server.cookie} if with_cookie else {},
        ) as connection:
            await connection.send(json.dumps({"type": "connection_init"}))
            return str(json.loads(await connection.recv())["type"])

    if let_in:
        assert asyncio.run(first_word()) == "connection_ack"
    else:
        with pytest.raises(websockets.InvalidStatus) as refused:
            asyncio.run(first_word())
        assert refused.value.response.status_code == 403


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium is not installed")
def test_the_ui_works_in_a_browser(server: Server) -> None:
    browser: Chrome = headless()
    try:
        browser.get(f"http://127.0.0.1:{server.port}{server.address()}")
        WebDriverWait(browser, 60).until(lambda _: "Materialize an asset" in browser.page_source)
        browser.get(f"http://127.0.0.1:{server.port}/jobs")
        WebDriverWait(browser, 60).until(lambda _: "take_in_year" in browser.page_source)
        assert "token" not in browser.current_url
        refused = [entry for entry in browser.get_log("browser") if "403" in entry["message"]]
        assert refused == []
    finally:
        browser.quit()


def test_a_home_is_served_once(server: Server) -> None:
    arguments = [str(part) for part in cast("list[str]", server.process.args)]
    home = Home(Path(arguments[arguments.index("--home") + 1]))
    first = rf"`mujun ui` \(process {server.process.pid}\) is running for"
    with pytest.raises(UserError, match=first):
        serve_all(home, host="127.0.0.1", port=server.port, names=["127.0.0.1"], say=print)
    with pytest.raises(UserError, match=first):
        serve_daemon(home)


def test_the_service_collects_what_pages_leave_behind(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    collecting: list[bool] = []

    def served(*_: object, **__: object) -> int:
        collecting.append(gc.isenabled())
        return 0

    monkeypatch.setattr("orchestration.service.serve_all", served)
    gc.disable()  # as every command begins
    try:
        cli.main(["ui", "--home", str(home.path)], standalone_mode=False)
    finally:
        gc.enable()
    assert collecting == [True]


def test_others_are_let_in_only_by_name() -> None:
    ended = subprocess.run([COMMAND, "ui", "--host", "0.0.0.0"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--allow-host NAME" in ended.stderr
