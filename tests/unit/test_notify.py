"""Telling people: each piece of news once by every channel, whatever becomes of the others."""

from __future__ import annotations

import email
import email.policy
import fcntl
import http.server
import json
import re
import shutil
import socket
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from orchestration.errors import UserError
from orchestration.intake.tables import INTAKE_FILE
from orchestration.landing import land
from orchestration.notify import load_settings, tell_news, undelivered
from orchestration.settings import Home


class Post(Message):
    """A mail server that keeps what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.mails.append(email.message_from_bytes(message.as_bytes(), policy=email.policy.default))


class Hook(http.server.BaseHTTPRequestHandler):
    """A webhook that answers as it is told, and keeps what it gets."""

    answers: list[int]
    got: list[Any]

    def do_POST(self) -> None:
        self.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def office(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[list[Any], type[Hook], Path]]:
    """What came by mail, the webhook, and the file of the office's own command."""
    post, hook = Post(), type("OwnHook", (Hook,), {"answers": [], "got": []})
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    mail = Controller(post, hostname="127.0.0.1", port=port)
    mail.start()
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), hook)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    book, secret = tmp_path / "book", tmp_path / "address"
    secret.write_text(f"http://127.0.0.1:{web.server_port}/robot?key=SECRET\n")
    write = (
        f"import os, sys; open({str(book)!r}, 'a').write(os.environ['MUJUN_NEWS_KIND'] + sys.stdin.read())"
    )
    settings = {
        "disk_low_gib": 0,
        "email": [
            {
                "server": "127.0.0.1",
                "port": port,
                "security": "none",
                "from": "mujun@example.org",
                "to": ["office@example.org"],
            }
        ],
        "webhook": [{"url_file": str(secret)}],
        "command": [{"argv": [sys.executable, "-c", write]}],
    }
    file = tmp_path / "notify.yaml"
    file.write_text(yaml.safe_dump(settings))
    monkeypatch.setenv("MUJUN_NOTIFY", str(file))
    yield post.mails, hook, book
    mail.stop()
    web.shutdown()
    web.server_close()


def ran(home: Home, began: datetime, **ended: Any) -> str:
    """The log of a run; without an end it goes on, or was killed. Its id."""
    run_id = str(uuid.uuid4())
    line = {"run": run_id, "at": began.isoformat()}
    lines = [
        {**line, "event": "began", "job": "final_year", "year": 2024, "account": "a", "host": "h", "pid": 1}
    ]
    lines += [{**line, "event": "ended", "seconds": 1.0, **ended}] if ended else []
    home.logs.mkdir(exist_ok=True)
    path = home.logs / f"{began:%Y%m%dT%H%M%S.%fZ}-{run_id}.jsonl"
    path.write_text("".join(json.dumps(said) + "\n" for said in lines), encoding="utf-8")
    return run_id


def test_each_is_told_once_by_every_channel_and_what_failed_is_tried_again(
    home: Home, office: tuple[list[Any], type[Hook], Path], tmp_path: Path
) -> None:
    mails, hook, book = office
    now, said = datetime.now(UTC), list[str]()
    ran(home, now - timedelta(days=9), outcome="failed", error="old")  # no news any more
    for minutes in (9, 6, 3):  # three attempts that fail alike
        ran(home, now - timedelta(minutes=minutes), outcome="failed", error="The disk is full.")
    ran(home, now - timedelta(minutes=2), outcome="refused", error="The final of 2024 is refused.")
    ran(home, now - timedelta(minutes=1), outcome="published", release="2024/r004-final")
    ran(home, now - timedelta(minutes=1), outcome="published", release="2024/r005-draft")  # a draft is none
    hook.answers += [500]
    tell_news(home, tmp_path, said.append)
    assert [mail["subject"] for mail in mails] == [
        "亩均：2024年公布已生成 2024/r004-final",
        "亩均：2024年公布被拒绝",
        "亩均：2024年公布失败",
    ]
    body = mails[1].get_content()
    assert "发生了什么：The final of 2024 is refused." in body
    assert "下一步：" in body
    assert book.read_text(encoding="utf-8").count("下一步：") == 3
    assert [line for line in said if "500" in line and "SECRET" not in line] == said != []
    assert len(undelivered(home)) == 1

    tell_news(home, tmp_path, said.append)  # the next tick: too early to try again
    assert (len(mails), len(hook.got), len(said)) == (3, 3, 1)
    told = home.path / "told.json"
    told.write_text(told.read_text().replace(str(now.year), str(now.year - 1)))  # a year later
    tell_news(home, tmp_path, said.append)
    assert (len(mails), len(hook.got), undelivered(home)) == (3, 4, [])
    assert [got["msgtype"] for got in hook.got] == ["text"] * 4

    told.write_text("{garbage")
    tell_news(home, tmp_path, said.append)
    assert "begun anew" in said[-1]
    assert len(mails) == 6  # once more, and not again
    tell_news(home, tmp_path, said.append)
    assert len(mails) == 6


class Clock(datetime):
    """Noon of a day on which 2024 is being evaluated, until it is set."""

    instant = datetime(2025, 3, 15, 12, tzinfo=UTC)

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return cls.instant.astimezone(tz)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    own = type("OwnClock", (Clock,), {})
    for module in ("news", "notify"):
        monkeypatch.setattr(f"orchestration.{module}.datetime", own)
    return own


def tell_only(folder: Path, kind: str, **settings: Any) -> None:
    """Let the office be told of one kind alone."""
    file = folder / "notify.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "tell": [kind], **settings}))


def test_a_run_that_does_not_end_is_told_once_and_each_such_run(
    home: Home, office: tuple[list[Any], type[Hook], Path], clock: type[Clock], tmp_path: Path
) -> None:
    mails, said = office[0], list[str]()
    tell_only(tmp_path, "stuck", stuck_after_hours=6)
    living = home.dagster / "living"
    living.mkdir()
    first, second = (ran(home, clock.instant + timedelta(minutes=minute)) for minute in (0, 30))
    with (living / first).open("w") as one, (living / second).open("w") as other:
        for lock in (one, other):
            fcntl.flock(lock, fcntl.LOCK_EX)
        # Minutes, then mails: not yet too long; the first is; the next tick; the second is; the next tick.
        for minutes, told in ((359, 0), (361, 1), (362, 1), (391, 2), (392, 2)):
            clock.instant = Clock.instant + timedelta(minutes=minutes)
            tell_news(home, tmp_path, said.append)
            assert len(mails) == told
    assert mails[0]["subject"] == "亩均：2024年公布久未结束"
    assert [run in mail.get_content() for run, mail in zip((first, second), mails, strict=True)] == [True] * 2
    assert said == []


def test_an_inbox_of_which_files_vanish_is_told_once(
    home: Home, office: tuple[list[Any], type[Hook], Path], clock: type[Clock], tmp_path: Path
) -> None:
    """As when a share is not mounted. A file of two that is gone may have been taken back."""
    mails, said = office[0], list[str]()
    tell_only(tmp_path, "stuck")
    inbox = tmp_path / "inbox"
    row = {"department": "tax", "feed": "tax_payments", "in_force": "x", "rows_accepted": 1}
    files = [f"tax/{name}.csv" for name in ("tax_payments", "tax_payments_2")]
    taken_in = [{**row, "file_id": file} for file in files]
    land(home.landing, "intake_file", 2024, pa.Table.from_pylist(taken_in, INTAKE_FILE))
    folder = inbox / "tax" / "2024"
    folder.mkdir(parents=True)
    for minutes, there, told in ((0, 2, 0), (1, 1, 0), (2, 0, 1), (3, 0, 1), (4, 2, 1), (5, 0, 1)):
        for place, name in enumerate(Path(file).name for file in files):
            (folder / name).write_text("") if place < there else (folder / name).unlink(missing_ok=True)
        clock.instant = Clock.instant + timedelta(minutes=minutes)
        tell_news(home, inbox, said.append)
        assert len(mails) == told, minutes
    shutil.rmtree(inbox)  # the whole of it is the same piece of news
    tell_news(home, inbox, said.append)
    (mail,) = mails
    assert mail["subject"] == "亩均：2024年收件目录中已收文件不见了"
    assert "all that tax had delivered" in mail.get_content()
    assert "--withdraw" in mail.get_content()
    assert said == []


def test_a_due_day_that_is_over_is_told_once_and_the_next_one_anew(
    home: Home, office: tuple[list[Any], type[Hook], Path], clock: type[Clock], tmp_path: Path
) -> None:
    """Of 2024 four feeds that a draft needs are due on 15 March 2025, six more on 31 March; none is there."""
    mails, said = office[0], list[str]()
    tell_only(tmp_path, "late")
    for day, told in ((15, 0), (16, 1), (17, 1), (31, 1), (32, 2), (33, 2)):  # a due day itself is in time
        clock.instant = Clock.instant + timedelta(days=day - 15)
        tell_news(home, tmp_path, said.append)
        assert len(mails) == told
    assert [mail["subject"] for mail in mails] == [
        f"亩均：2024年测算所需文件逾期，缺 {feeds} 项" for feeds in (4, 6)
    ]
    assert "截止日 2025-03-15 已过" in mails[0].get_content()
    assert said == []


def test_a_disk_that_fills_is_told_once_until_it_had_room_for_a_day(
    home: Home,
    office: tuple[list[Any], type[Hook], Path],
    clock: type[Clock],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mails, hook, _ = office
    said = list[str]()
    tell_only(tmp_path, "disk_low", disk_low_gib=5)
    hook.answers += [500, 503]
    # Minutes, GiB that are free, then: mails, tries of the webhook, sentences about what it did not take.
    for minutes, free, told, tried, complaints in (
        (0, 5, 0, 0, 0),  # room enough
        (1, 4.9, 1, 1, 1),
        (1.5, 4.9, 1, 1, 1),  # too early to try again
        (2, 4.9, 1, 2, 2),  # after a minute
        (3, 4.8, 1, 2, 2),
        (4, 4.8, 1, 3, 2),  # after two more: taken
        (5, 4.8, 1, 3, 2),
        (6, 6, 1, 3, 2),
        (7, 4.9, 1, 3, 2),  # it comes and goes
        (8, 6, 1, 3, 2),
        (8 + 24 * 60 + 1, 6, 1, 3, 2),
        (8 + 24 * 60 + 2, 4.9, 2, 4, 2),  # anew
    ):
        clock.instant = Clock.instant + timedelta(minutes=minutes)
        monkeypatch.setattr(
            "orchestration.news.shutil.disk_usage", lambda _, free=free: SimpleNamespace(free=free * 2**30)
        )
        tell_news(home, tmp_path, said.append)
        assert (len(mails), len(hook.got), len(said)) == (told, tried, complaints)
        assert len(undelivered(home)) == (1 if 1 <= minutes < 4 else 0)
    assert mails[0]["subject"] == "亩均：磁盘空间不足，剩余 4.9 GiB"
    assert [code in line for code, line in zip(("500", "503"), said, strict=True)] == [True] * 2


def test_no_run_fails_because_nobody_can_be_told(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(home, datetime.now(UTC), outcome="failed", error="x")
    file, said = tmp_path / "notify.yaml", list[str]()
    file.write_text(
        "disk_low_gib: 0\ncommand: [{argv: [/nonexistent]}]\n"
        "email: [{server: 127.0.0.1, port: 1, security: none, from: a@b, to: [c@d]}]\n"
        "webhook: [{url: 'http://127.0.0.1:1/?key=SECRET'}]\n"
    )
    monkeypatch.setenv("MUJUN_NOTIFY", str(file))
    tell_news(home, tmp_path, said.append)
    assert len(said) == 3
    assert "SECRET" not in str(said) + (home.path / "told.json").read_text()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("emial: []", "emial: Extra inputs"),
        ("email: [{server: x, from: y, to: []}]", "email.0.to: List should have at least 1"),
        ("webhook: [{}]", "one of url and url_file"),
        ("tell: [drafted]", "tell.0"),
        ("email: [", "is no YAML"),
    ],
)
def test_settings_that_are_wrong_are_told(
    text: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "notify.yaml"
    file.write_text(text)
    monkeypatch.setenv("MUJUN_NOTIFY", str(file))
    with pytest.raises(UserError, match=re.escape(fault)):
        load_settings()
