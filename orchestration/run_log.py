"""What ran: lines of JSON, a file per run in `<home>/logs`, kept to a number of files.

Each line has `at` (UTC), `run` and `event`: `began` (job, year, account, host, pid, code), `said`
(what the terminal shows), `step` (seconds, rows, peak_mib), `ended` (outcome, seconds, peak_mib, release,
error).
Belongs here: writing them while a run goes on, and reading them (`mujun runs`). Does not: Dagster's events.
"""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from orchestration.accounts import account_and_host
from orchestration.ending import CHILDREN, LAST_WORDS
from orchestration.errors import RefusedError, UserError
from orchestration.files import FILE_MODE, make_folder
from orchestration.progress import bar
from orchestration.settings import Home, Kept, code_version

PUBLISHED, DONE, REFUSED, FAILED, STOPPED = "published", "done", "refused", "failed", "stopped"
_PAUSE = 0.1  # seconds between two looks at the memory in use
_ROWS = ("dagster/partition_row_count", "dagster/row_count", "findings")  # the first that a result tells

Step = TypeVar("Step", bound=Callable[..., Iterator[Any]])


class RunLog:
    """The lines of one run, as it writes them. One that cannot be written stops no run: what keeps it from
    being written keeps the run from its own files too."""

    def __init__(self, home: Home, run_id: str, job: str, year: int | None, *, of_a_year: bool) -> None:
        self._began = time.monotonic()
        self._run_id, self._memory = run_id, _Memory()
        self._last_time = _seconds_of_last(home, job, year)
        self.outcome, self.release, self._error = DONE, "", ""
        if of_a_year:  # until it is published
            self.outcome, self._error = FAILED, "It ended before its last step."
        self.tags: dict[str, str] = {}  # of the run in Dagster, when it has ended
        with suppress(OSError):
            make_folder(home.logs)
            for old in sorted(home.logs.glob("*.jsonl"))[: -Kept.from_environment().logs]:
                old.unlink(missing_ok=True)
        self._path = home.logs / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{run_id}.jsonl"
        said = {"job": job, "year": year, **account_and_host(), "pid": os.getpid()}
        self.write("began", **said, code=code_version())
        LAST_WORDS.append(self._stopped)

    def write(self, event: str, **said: object) -> None:
        """Add a line."""
        told = {"at": _now(), "run": self._run_id, "event": event, **said}
        line = json.dumps(told, ensure_ascii=False, default=str).encode() + b"\n"
        with suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)

    @contextmanager
    def step(self, name: str) -> Iterator[list[int]]:
        """Measure a step; the numbers of rows that it makes go into the list."""
        began, rows = time.monotonic(), list[int]()
        self._memory.begin()
        try:
            with bar(name, self._last_time.get(name)):
                yield rows
        except Exception as error:
            self.failed(error)
            raise
        finally:
            seconds = round(time.monotonic() - began, 3)
            self.write("step", step=name, seconds=seconds, rows=sum(rows), peak_mib=self._memory.of_step)

    def published(self, release: str) -> None:
        """The run has made `release`, or it was there already with this very content."""
        self.outcome, self.release, self._error = PUBLISHED, release, ""

    def failed(self, error: Exception) -> None:
        """What stopped the run: refused where a person has to mend something, else failed."""
        said = getattr(error, "description", None) or str(error)  # a Failure of Dagster's has one
        is_refused = isinstance(error, (UserError, RefusedError)) or type(error).__name__ == "Failure"
        self.outcome, self._error = REFUSED if is_refused else FAILED, said

    def end(self) -> None:
        """Say how the run ended."""
        LAST_WORDS.remove(self._stopped)
        seconds = round(time.monotonic() - self._began, 3)
        told = {"outcome": self.outcome, "seconds": seconds, "peak_mib": self._memory.end()}
        told |= {name: said for name, said in (("release", self.release), ("error", self._error)) if said}
        self.write("ended", **told)
        self.tags = {f"mujun/{name}": str(said)[:250] for name, said in told.items()}

    def _stopped(self, how: str) -> None:
        self.write("ended", outcome=STOPPED, seconds=round(time.monotonic() - self._began, 3), error=how)


_going_on: list[RunLog] = []  # of this process: none, or one


@contextmanager
def kept_log(log: RunLog) -> Iterator[RunLog]:
    """Meanwhile `log` keeps what is said; it ends with what it goes through."""
    _going_on.append(log)
    try:
        yield log
    except Exception as error:
        log.failed(error)
        raise
    finally:
        _going_on.remove(log)
        log.end()


def keep_said(text: str) -> None:
    """Keep what the terminal shows, in the log of the run that goes on."""
    for log in _going_on:
        log.write("said", text=text)


def logged(step: Step) -> Step:
    """Have a step of a year measured, whose second argument has the `log` of the run."""

    @functools.wraps(step)
    def with_log(context: Any, run: Any) -> Iterator[Any]:
        with run.log.step(step.__name__) as rows:
            for result in step(context, run):
                rows.append(_rows_of(result))
                yield result

    return with_log  # type: ignore[return-value]


def _rows_of(result: Any) -> int:
    told = {} if hasattr(result, "check_name") else result.metadata or {}
    found = next((told[name] for name in _ROWS if name in told), 0)
    return int(getattr(found, "value", found))  # Dagster wraps what it was given


@dataclass
class RunTold:
    """A run as its lines tell it. `steps`: name → its line."""

    run_id: str
    began: Mapping[str, Any]
    steps: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    ended: Mapping[str, Any] | None = None


def runs_told(home: Home, year: int | None = None) -> Iterator[RunTold]:
    """The runs whose logs are kept, the newest first. A line that was cut off is passed over."""
    for path in sorted(home.logs.glob("*.jsonl"), reverse=True):
        run = _read(path)
        if run is not None and year in (None, run.began["year"]):
            yield run


def _read(path: Path) -> RunTold | None:
    run: RunTold | None = None
    with suppress(OSError):
        for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                line = json.loads(text)
                event = line["event"]
            except (ValueError, KeyError, TypeError):
                continue
            if event == "began":
                run = RunTold(line["run"], line)
            elif run is not None and event == "step":
                run.steps[line["step"]] = line
            elif run is not None and event == "said":
                run.said.append(line["text"])
            elif run is not None and event == "ended":
                run.ended = line
    return run


def _seconds_of_last(home: Home, job: str, year: int | None) -> dict[str, float]:
    """What each step took the last time that it was done for the same."""
    same = (run for run in runs_told(home, year) if run.began["job"] == job and run.steps)
    last = next(same, None)
    return {name: line["seconds"] for name, line in last.steps.items()} if last else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class _Memory:
    """The most memory, in MiB, that this process and its children held together; a thread looks at it."""

    def __init__(self) -> None:
        self._of_step = self._of_run = 0
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="memory", daemon=True).start()

    def begin(self) -> None:
        """Begin a step."""
        self._of_step = 0

    @property
    def of_step(self) -> int:
        self._look()
        return self._of_step

    def end(self) -> int:
        """The most of the run."""
        self._look()
        self._ended.set()
        return self._of_run

    def _watch(self) -> None:
        while not self._ended.wait(_PAUSE):
            self._look()

    def _look(self) -> None:
        held = sum(_resident(pid) for pid in [os.getpid(), *(child.pid for child in tuple(CHILDREN))])
        self._of_step, self._of_run = max(self._of_step, held), max(self._of_run, held)


def _resident(pid: int) -> int:
    """The MiB that a process holds; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20
