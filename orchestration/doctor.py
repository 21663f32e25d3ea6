"""`mujun doctor`: is all of it well, from the installation to the clock; and where not, what to do.

It changes nothing. Belongs here: looking, and the sentences. Does not: putting right, which each part does by
itself where it can.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from orchestration.accounts import account_of
from orchestration.errors import MachineError, UserError
from orchestration.machine import sentence
from orchestration.settings import FEEDS, PROJECT, Engine, Home, database, default_inbox, policy_folder

_ROOM = 2.0  # GiB: some hundred drafts
_FILES = 1024  # descriptors
_AHEAD = 60  # seconds that a clock may be behind what is written already
_GIB = 1 << 30
_OTHERS = 0o007


@dataclass(frozen=True)
class Seen:
    """One thing that was looked at. `do` is what a person should do; None where it is well."""

    subject: str
    said: str
    do: str | None = None

    def __str__(self) -> str:
        return f"{'mend' if self.do else 'well'}  {self.subject:<12} {self.said}" + (
            f"\n      {'':<12} → {self.do}" if self.do else ""
        )


def examine(home: Home) -> Iterator[Seen]:
    """Look at everything; what cannot be looked at is told as such."""
    for subject, look in _LOOKS.items():
        try:
            for said, do in look(home):
                yield Seen(subject, said, do)
        except (UserError, MachineError) as error:
            yield Seen(subject, "", str(error))
        except OSError as error:
            yield Seen(subject, "", sentence(error) or str(error))


_Told = Iterator[tuple[str, str | None]]


def _versions(_: Home) -> _Told:
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    wanted = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
    other = [f"{name} {found}" for name, pin in wanted.items() if (found := _installed(name)) != pin]
    yield (
        f"mujun {version('mujun')}, Python {sys.version.split()[0]}, {len(wanted)} packages of the lock",
        f"Not as locked: {', '.join(other)}. Run `make install` again." if other else None,
    )


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _engine(_: Home) -> _Told:
    chosen = Engine.chosen()
    if chosen == Engine.duckdb:
        yield chosen.release, None
        return
    from orchestration.spark import check_spark

    java = check_spark()  # before the release of what may not be installed
    yield f"{chosen.release}, {java}", None


def _method(_: Home) -> _Told:
    from orchestration.intake.contract import load_contract
    from orchestration.intake.due_days import check_calendar
    from orchestration.policy import load_policy

    method = load_policy(policy_folder())
    check_calendar(method, load_contract(FEEDS))
    yield f"{policy_folder()}: {len(method.tables)} tables without a fault", None


def _folders(home: Home) -> _Told:
    if not home.path.is_dir():
        yield "", f"The home {home.path} is not there. Make it, or name another by MUJUN_HOME."
        return
    me, owner = account_of(os.getuid()), account_of(home.path.stat().st_uid)
    writable = os.access(home.path, os.W_OK | os.X_OK)
    asked = f"Work as {owner}, or give the folder to {me}: `chown -R {me} {home.path}`."
    yield f"home {home.path} of {owner}, looked at by {me}", None if writable else asked
    inbox = default_inbox()
    if not inbox.is_dir():
        yield f"inbox {inbox}", "It is not there: is the share mounted? Else name it by MUJUN_INBOX."
    else:
        readable = os.access(inbox, os.R_OK | os.X_OK)
        yield f"inbox {inbox}", None if readable else f"{me} may not read it. Give the account that right."
    if os.getuid() and os.access(PROJECT, os.W_OK):
        yield (
            f"installation {PROJECT}: {me} can change it; as a service it should not (docs/operations.md)",
            None,
        )
    else:
        yield f"installation {PROJECT}", None


def _modes(home: Home) -> _Told:
    mode = stat.S_IMODE(home.path.stat().st_mode)
    yield (
        f"home {mode:04o}",
        f"Everybody on this machine can look into it: `chmod o-rwx {home.path}`." if mode & _OTHERS else None,
    )
    owner = home.path.stat().st_uid
    strange = sorted(
        path.name
        for folder in (home.path, home.dagster)
        if folder.is_dir()
        for path in folder.iterdir()
        if path.lstat().st_uid != owner
    )
    if strange:
        yield (
            f"of another account: {', '.join(strange)}",
            f"A command was run as somebody else, root perhaps: `chown -R {account_of(owner)} {home.path}`.",
        )
    open_ = [
        str(path)
        for path in (home.path / "releases").glob("*/r*-*")
        if path.is_dir() and path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    ]
    if open_:
        yield f"releases that can be written: {', '.join(open_)}", "Look at each with `mujun verify`."


def _disk(home: Home) -> _Told:
    usage, inodes = shutil.disk_usage(home.path), os.statvfs(home.path)
    free = usage.free / _GIB
    few = inodes.f_files and inodes.f_favail < 10_000
    yield (
        f"{free:.1f} of {usage.total / _GIB:.1f} GiB free",
        f"Below {_ROOM:g} GiB: make room. `mujun prune` tells what can go." if free < _ROOM else None,
    )
    if few:
        yield f"{inodes.f_favail} files can be made yet", "The file system has no room for more files."
    with tempfile.TemporaryFile(prefix="mujun-") as file:
        file.write(b"0" * 4096)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit != resource.RLIM_INFINITY and limit < _FILES:
        yield f"{limit} files may be open", f"Raise the limit to {_FILES} (`LimitNOFILE`, `ulimit -n`)."


def _service(home: Home) -> _Told:
    from orchestration.service import PARTS, running

    by = {part: running(home, part) for part in PARTS}
    if not any(by.values()):
        yield "none runs for this home", None
        return
    for part, command in by.items():
        lacking = f"The {part} does not run: `systemctl status mujun-{part}` and its journal say why."
        yield f"{part}: {command or 'none'}", None if command else lacking


def _locks(home: Home) -> _Told:
    from orchestration.resources import only_writer

    if not os.access(home.path, os.W_OK) or not home.warehouse.parent.is_dir():
        return
    try:
        with only_writer(home, lambda _: None, wait=False):
            yield "nobody writes into the home", None
    except BlockingIOError:
        yield "a run writes into the home: `mujun runs` tells which", None


def _runs(home: Home) -> _Told:
    from orchestration.living import lives
    from orchestration.run_log import runs_told

    runs = list(runs_told(home))
    dead = [run for run in runs if run.ended is None and lives(home, run.run_id) is False]
    yield f"{len(runs)} remembered", None
    for run in dead:
        yield (
            f"run {run.run_id} of {run.began['year']} ended without a word",
            "It was killed, or the machine went down. What it began does not count: run the year again.",
        )
    for run in runs:
        began = datetime.fromisoformat(run.began["at"])
        hours = (datetime.now(UTC) - began).total_seconds() / 3600
        if run.ended is None and hours > 6 and lives(home, run.run_id):
            yield (
                f"run {run.run_id} of {run.began['year']} goes on for {hours:.0f} hours",
                f"Look at its process {run.began['pid']}; cancel it in the UI, or end that process.",
            )


def _databases(home: Home) -> _Told:
    from orchestration.dagster_files import DATABASES, find_server, is_sound

    if database() is not None:
        find_server()
        yield "Dagster's runs in PostgreSQL, which answers", None
    else:
        damaged = [
            name for name in DATABASES if (path := home.dagster / name).exists() and not is_sound(path)
        ]
        yield (
            "Dagster's runs in files of the home",
            f"Damaged: {', '.join(damaged)}. The next run sets them aside and begins anew."
            if damaged
            else None,
        )
    aside = sorted(path.name for path in home.dagster.rglob("*.damaged-*"))
    if aside:
        yield f"set aside as damaged: {', '.join(aside)}", "Look at the disk; then take them away."


def _warehouse(home: Home) -> _Told:
    import duckdb

    from orchestration.warehouse import is_damage

    if not home.warehouse.exists():
        yield "none yet", None
        return
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
            warehouse.execute("select count(*) from duckdb_tables()").fetchall()
        yield f"{home.warehouse.stat().st_size / _GIB:.2f} GiB", None
    except duckdb.IOException as error:
        said = sentence(error)
        if said and "held open" in said:
            yield said, None
        else:
            yield "", said or f"{str(error).splitlines()[0]} The next run makes it anew."
    except duckdb.Error as error:
        anew = "The next run makes it anew from the landing." if is_damage(error) else ""
        yield "", f"{str(error).splitlines()[0]} {anew}"


def _releases(home: Home) -> _Told:
    from orchestration.release.log import ReleaseLog

    log = ReleaseLog.load(home)
    yield (
        f"{len(log.lines)} in the log",
        f"{' '.join(map(str, log.faults))} Restore the log from a copy." if log.faults else None,
    )


def _clock(home: Home) -> _Told:
    from orchestration.release.register import releases, years
    from orchestration.run_log import runs_told

    now = datetime.now(UTC)
    offset = time.strftime("%z")
    latest = [str(run.began["at"]) for run in runs_told(home)][:1]
    for year in years(home):
        for release in releases(home, year):
            try:
                latest.append(str(release.manifest["made_at"]))
            except UserError:
                continue  # `mujun verify` tells of it
    newest = max(map(datetime.fromisoformat, latest), default=now)
    behind = (newest - now).total_seconds()
    yield (
        f"{now.astimezone():%Y-%m-%d %H:%M:%S} {offset}",
        f"It was set back: something here is of {newest:%Y-%m-%d %H:%M:%S} UTC. Set the clock (timedatectl)."
        if behind > _AHEAD
        else None,
    )
    if offset != "+0800":
        yield (
            f"the days of the calendar begin by {offset}, not by Beijing's: TZ=Asia/Shanghai sets that",
            None,
        )


def _news(home: Home) -> _Told:
    from orchestration.notify import load_settings, settings_file, undelivered

    settings = load_settings()
    if settings is None:
        named = os.environ.get("MUJUN_NOTIFY")
        yield f"nobody is told: {'there is no ' + named if named else 'MUJUN_NOTIFY names no file'}", None
        return
    path = settings_file()
    assert path is not None  # it was just read
    secrets = [path, *(file for file in settings.secret_files if file.exists())]
    bare = [str(file) for file in secrets if file.stat().st_mode & _OTHERS]
    yield (
        f"{len(settings.channels)} channels by {path}",
        f"Everybody may read {', '.join(bare)}: `chmod o-rwx` them." if bare else None,
    )
    for said in undelivered(home):
        yield said, "Mend the channel; `mujun notify --try` tries it. It is tried again by itself."


_LOOKS: dict[str, Callable[[Home], _Told]] = {
    "versions": _versions,
    "engine": _engine,
    "method": _method,
    "folders": _folders,
    "modes": _modes,
    "disk": _disk,
    "service": _service,
    "locks": _locks,
    "runs": _runs,
    "databases": _databases,
    "warehouse": _warehouse,
    "releases": _releases,
    "clock": _clock,
    "news": _news,
}
