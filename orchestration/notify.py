"""Telling people what is news, each piece once: by e-mail, webhook, or a command of the office's own.

`MUJUN_NOTIFY` names a file that says whom; what was told is remembered in `<home>/told.json`. Belongs here:
channels, and what is remembered. Does not: what is news (`news`). No run fails because nobody could be told:
it is tried again, and said.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import smtplib
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestration.errors import MachineError, UserError
from orchestration.files import write_whole
from orchestration.news import KINDS, Kind, News, news_of
from orchestration.settings import Home, setting

_PATIENCE = 10  # seconds for a server or the command
_LONGEST_PAUSE = timedelta(hours=1)  # between two attempts
_FORGOTTEN = timedelta(days=1)  # after it has ended: what comes and goes is one piece of news
_SAYS = "MUJUN_NOTIFY"


class UndeliveredError(Exception):
    """A channel did not take it; the sentence has no secret in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Email(_Strict):
    """An e-mail by a mail server. The password stands in a file of its own."""

    server: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    account: str | None = None
    password_file: Path | None = None
    sender: str = Field(alias="from")
    to: Annotated[list[str], Field(min_length=1)]

    @property
    def name(self) -> str:
        return f"e-mail to {', '.join(self.to)} by {self.server}"

    def deliver(self, news: News) -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = news.title, self.sender, ", ".join(self.to)
        message["Date"], message["Message-ID"] = formatdate(localtime=True), make_msgid(domain="mujun")
        message.set_content(news.text)
        begin = smtplib.SMTP_SSL if self.security == "tls" else smtplib.SMTP
        secured = {"context": ssl.create_default_context()} if self.security == "tls" else {}
        try:
            with begin(self.server, self.port, timeout=_PATIENCE, **secured) as server:  # type: ignore[arg-type]
                if self.security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if self.account:
                    server.login(self.account, _secret(self.password_file) if self.password_file else "")
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise UndeliveredError(f"the server answered {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise UndeliveredError(_reason(error)) from None


class Webhook(_Strict):
    """A POST of JSON to an address, in the shape of a text for a group's robot. The address is a secret."""

    url: str | None = None
    url_file: Path | None = None

    @model_validator(mode="after")
    def _one_address(self) -> Webhook:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("one of url and url_file is needed")
        return self

    @property
    def name(self) -> str:
        return f"webhook {self.url_file or urlsplit(self.url or '').hostname}"

    def deliver(self, news: News) -> None:
        address = self.url or _secret(self.url_file or Path())
        if urlsplit(address).scheme not in ("http", "https"):
            raise UndeliveredError("its address is neither http nor https")
        body = {
            "msgtype": "text",
            "text": {"content": news.text},
            "mujun": {"kind": news.kind, "key": news.key, "title": news.title},
        }
        sent = urllib.request.Request(
            address, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.build_opener(_NoRedirect).open(sent, timeout=_PATIENCE) as answer:
                said = answer.read(65536)
        except urllib.error.HTTPError as error:
            raise UndeliveredError(f"the server answered {error.code}") from None
        except (OSError, ValueError) as error:
            raise UndeliveredError(_reason(error)) from None
        with suppress(ValueError, AttributeError):  # a robot that refuses says so in what it answers
            if code := json.loads(said).get("errcode"):
                raise UndeliveredError(f"the robot answered errcode {code}")


class Command(_Strict):
    """A program of the office's own, without a shell: the text on its standard input."""

    argv: Annotated[list[str], Field(min_length=1)]

    @property
    def name(self) -> str:
        return f"command {self.argv[0]}"

    def deliver(self, news: News) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "MUJUN_DATABASE"}
        told = {"MUJUN_NEWS_KIND": news.kind, "MUJUN_NEWS_KEY": news.key, "MUJUN_NEWS_TITLE": news.title}
        try:
            ended = subprocess.run(
                self.argv,
                input=news.text.encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_PATIENCE,
                env=environment | told,
                cwd="/",
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UndeliveredError(f"it took more than {_PATIENCE} s") from None
        except OSError as error:
            raise UndeliveredError(_reason(error)) from None
        if ended.returncode:
            raise UndeliveredError(f"it ended with status {ended.returncode}")


class Settings(_Strict):
    """Whom to tell of what."""

    tell: list[Kind] = list(KINDS)
    stuck_after_hours: Annotated[float, Field(gt=0)] = 6
    disk_low_gib: Annotated[float, Field(ge=0)] = 5
    email: list[Email] = []
    webhook: list[Webhook] = []
    command: list[Command] = []

    @property
    def secret_files(self) -> list[Path]:
        named = [email.password_file for email in self.email] + [hook.url_file for hook in self.webhook]
        return [path for path in named if path]

    @property
    def channels(self) -> list[Email | Webhook | Command]:
        return [*self.email, *self.webhook, *self.command]


def settings_file() -> Path | None:
    """The file that `MUJUN_NOTIFY` names; None where it names none, or there is none."""
    path = setting("NOTIFY", Path()) if os.environ.get(_SAYS) else None
    return path if path and path.exists() else None


def load_settings() -> Settings | None:
    """Whom to tell; None where nobody is to be told. UserError, a sentence per fault."""
    path = settings_file()
    if path is None:
        return None
    try:
        return Settings.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except yaml.YAMLError as error:
        raise UserError(f"{path} is no YAML: {str(error).replace(chr(10), ' ')}") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    except ValidationError as error:  # without what was entered: it may be a secret
        faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise UserError(f"{path}: {'; '.join(faults)}.") from None


def tell_news(home: Home, inbox: Path, say: Callable[[str], object]) -> None:
    """Tell what is news and was not told yet; `say` hears what could not be delivered. Raises nothing that
    concerns the telling: whoever calls this has something more important to do."""
    try:
        settings = load_settings()
        if settings is None or not settings.channels:
            return
        with _remembered(home, say) as told:
            if told is None:  # another process is at it
                return
            _tell(home, inbox, settings, told, say)
    except (UserError, MachineError, OSError) as error:
        say(f"notify    {error}")


def _tell(
    home: Home, inbox: Path, settings: Settings, told: dict[str, Any], say: Callable[[str], object]
) -> None:
    now = datetime.now(UTC)
    stuck_after = timedelta(hours=settings.stuck_after_hours)
    found = news_of(home, inbox, stuck_after=stuck_after, disk_low=settings.disk_low_gib)
    current = {news.key: news for news in found if news.kind in settings.tell}
    for key in list(told):
        if key in current:
            told[key].pop("over", None)
        elif now - datetime.fromisoformat(told[key].setdefault("over", now.isoformat())) > _FORGOTTEN:
            del told[key]
    for key, news in current.items():
        by_channel = told.setdefault(key, {"since": now.isoformat(), "channels": {}})["channels"]
        for channel in settings.channels:
            state = by_channel.setdefault(_key(channel), {"tries": 0})
            if "told" in state or now < _next_try(state):
                continue
            state.update(tries=state["tries"] + 1, tried=now.isoformat())
            try:
                channel.deliver(news)
            except UndeliveredError as error:
                state["error"] = str(error)
                say(f"notify    {channel.name}: “{news.title}” not delivered, {error}; it is tried again")
            else:
                state["told"] = now.isoformat()
                state.pop("error", None)


def _key(channel: Email | Webhook | Command) -> str:
    """Which channel it is: two may have one name. Of its address the digest alone is kept."""
    return f"{channel.name} {hashlib.sha256(channel.model_dump_json().encode()).hexdigest()[:12]}"


def _next_try(state: Mapping[str, Any]) -> datetime:
    """After one, two, four … minutes, and then each hour, as long as it is news."""
    if not state["tries"]:
        return datetime.min.replace(tzinfo=UTC)
    pause = min(timedelta(minutes=2 ** min(state["tries"] - 1, 10)), _LONGEST_PAUSE)
    return datetime.fromisoformat(state["tried"]) + pause


def undelivered(home: Home) -> list[str]:
    """What could not be told so far, a sentence each."""
    return [
        f"{key}: {channel}: {state['error']} ({state['tries']} tries)"
        for key, entry in _read(_file(home), lambda _: None).items()
        for channel, state in entry["channels"].items()
        if "error" in state
    ]


def tell_directly(news: News, say: Callable[[str], object]) -> bool:
    """Tell something now by every channel, whatever was told before; whether all took it. UserError where
    nobody is to be told."""
    settings = load_settings()
    if settings is None or not settings.channels:
        raise UserError(f"{_SAYS} names no file with a channel: nobody can be told (docs/operations.md).")
    well = True
    for channel in settings.channels:
        try:
            channel.deliver(news)
            say(f"told      {channel.name}")
        except UndeliveredError as error:
            well = False
            say(f"not told  {channel.name}: {error}")
    return well


@contextmanager
def _remembered(home: Home, say: Callable[[str], object]) -> Iterator[dict[str, Any] | None]:
    """What was told, to be changed; written back when it was. None while another process has it. Lost or
    damaged it is begun anew: what is still news is then told once more."""
    path = _file(home)
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        told = _read(path, say)
        before = json.dumps(told)
        try:
            yield told
        finally:
            if json.dumps(told) != before:
                write_whole(path, json.dumps(told, ensure_ascii=False, indent=1).encode())


def _read(path: Path, say: Callable[[str], object]) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
        assert all(isinstance(entry["channels"], dict) for entry in told.values())
    except FileNotFoundError:
        return {}
    except (ValueError, AssertionError, AttributeError, KeyError, TypeError):
        say(f"notify    {path} was damaged: begun anew; what is still news is told once more")
        return {}
    return dict(told)


def _file(home: Home) -> Path:
    return home.path / "told.json"


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UndeliveredError(f"{path} cannot be read: {error.strerror}") from None


def _reason(error: Exception) -> str:
    """Why, without what was sent, or where to."""
    inner = getattr(error, "reason", error)
    return str(getattr(inner, "strerror", None) or type(inner).__name__)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is sent goes to the address that the office named, and to no other."""

    def redirect_request(self, *_: object) -> None:
        return None
