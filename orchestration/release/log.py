"""The log of releases (`releases/log.jsonl`): a line per release, each with the hash of the line before.

Belongs here: the chain. Does not: what a release holds (`verify`), when one is made (`publish`).

A line is written before its release gets its name, so a line without a folder is an abandoned number, which
is harmless and never used again. Who changes a line, or takes one out, breaks the chain; who writes the whole
of it anew cannot keep the hash that the office noted elsewhere (an anchor).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from orchestration.errors import UserError
from orchestration.files import flush_folder, write_whole
from orchestration.settings import Home

FIRST = "0" * 64  # what stands for the line before the first
NAME = "log.jsonl"
_WHERE_SAID = (
    "adopted",
    "waivers_account",
    "policy_account",
)  # what a line has only where there is something


@dataclass(frozen=True)
class Line:
    """One release. `sha256`: of its manifest.json; `previous_sha256`: of the line before, without its line
    end.

    `adopted`: the line was written later than the release, so that nothing vouches for what it was before.
    `waivers_account`, `policy_account`: who owned the delivered waivers, and the tables of the method.
    """

    year: int
    id: str
    stage: str
    made_at: str
    account: str | None
    host: str | None
    sha256: str
    previous_sha256: str
    adopted: bool = False
    waivers_account: str | None = None
    policy_account: str | None = None

    @property
    def number(self) -> int:
        """The number in the id, r001 → 1."""
        return number_of(self.id)


@dataclass(frozen=True)
class Pruned:
    """A draft that was taken away on purpose: its own line stays, so that its number is told."""

    year: int
    id: str
    pruned_at: str
    account: str
    host: str
    previous_sha256: str

    @property
    def said(self) -> str:
        """When and by whom, for whoever misses it."""
        return f"was pruned at {self.pruned_at} by {self.account} on {self.host}"


@dataclass(frozen=True)
class ReleaseLog:
    """The log as it lies on the disk."""

    path: Path
    content: bytes

    @classmethod
    def load(cls, home: Home) -> ReleaseLog:
        """The log of a home, empty where there is none."""
        path = home.path / "releases" / NAME
        return cls(path, path.read_bytes() if path.is_file() else b"")

    @cached_property
    def _read(self) -> tuple[list[Line], list[Pruned], list[str]]:
        """The lines that read, of releases and of what was pruned, and what is wrong with the chain, a
        sentence each."""
        lines: list[Line] = []
        pruned: list[Pruned] = []
        wrong: list[str] = []
        previous = FIRST
        for number, text in enumerate(self._texts, start=1):
            line, at = _line(text), f"releases/{NAME}, line {number}"
            if line is None:
                wrong.append(f"{at}: it cannot be read")
            else:
                if line.previous_sha256 != previous:
                    wrong.append(f"{at}: the line before it is not the one that it names")
                if isinstance(line, Pruned):
                    if (line.year, line.id, "draft") not in {(one.year, one.id, one.stage) for one in lines}:
                        wrong.append(f"{at}: {line.year}/{line.id} is no draft that can have been pruned")
                    else:
                        pruned.append(line)
                else:
                    if any((line.year, line.number) == (other.year, other.number) for other in lines):
                        wrong.append(f"{at}: {line.year}/{line.id} has a line already")
                    lines.append(line)
            previous = _sha256(text)
        return lines, pruned, wrong

    @property
    def lines(self) -> list[Line]:
        """The lines of releases, oldest first."""
        return self._read[0]

    @property
    def pruned(self) -> dict[tuple[int, str], Pruned]:
        """What was pruned, by year and id."""
        return {(line.year, line.id): line for line in self._read[1]}

    @property
    def faults(self) -> list[str]:
        """What is wrong with the chain, a sentence each; none if it is whole."""
        return self._read[2]

    @property
    def head(self) -> str:
        """The hash of the last line: the anchor to keep elsewhere."""
        return _sha256(self._texts[-1]) if self._texts else FIRST

    def has(self, anchor: str) -> bool:
        """Whether some line has the hash `anchor`."""
        return anchor.strip().lower() in {_sha256(text) for text in self._texts}

    def line_of(self, year: int, release_id: str) -> Line | None:
        """The line of a release."""
        return next((line for line in self.lines if (line.year, line.id) == (year, release_id)), None)

    def last_number(self, year: int) -> int:
        """The highest number of the year that was given, whether a release came of it or not; else 0."""
        return max((line.number for line in self.lines if line.year == year), default=0)

    def check(self) -> None:
        """UserError where the chain is broken: nothing can be released after that."""
        if self.faults:
            raise UserError(
                f"{self.faults[0]}. Nothing can be released after that. Restore {self.path} from a copy, or, "
                "if there is none, let `mujun releases --adopt` begin a new log, which vouches for nothing "
                "before it."
            )

    def with_line(self, **said: Any) -> ReleaseLog:
        """The log with the line of a release more, on the disk when this returns. UserError where the chain
        is broken."""
        return self._with(Line(**said, previous_sha256=self.head))

    def with_pruned(self, year: int, release_id: str, **said: str) -> ReleaseLog:
        """The log with the word that a draft was pruned, on the disk when this returns. UserError as
        `with_line`. `said`: pruned_at, account, host."""
        return self._with(Pruned(year, release_id, **said, previous_sha256=self.head))

    def _with(self, line: Line | Pruned) -> ReleaseLog:
        self.check()
        text = _text_of(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.truncate(len(self._whole))  # what a write that was cut off left is no line
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        flush_folder(self.path.parent)
        return ReleaseLog(self.path, self._whole + text)

    def begun_with(self, lines: Iterable[Mapping[str, Any]]) -> ReleaseLog:
        """The log of a home that has none, begun with `lines`: all of them are on the disk, or none.
        UserError where there are lines."""
        if self.is_begun:
            raise UserError(f"{self.path} has lines already.")
        text, previous = b"", FIRST
        for said in lines:
            line = _text_of(Line(**said, previous_sha256=previous))
            text, previous = text + line, _sha256(line.removesuffix(b"\n"))
        write_whole(self.path, text)
        return ReleaseLog(self.path, text)

    @property
    def is_begun(self) -> bool:
        """Whether there is a line in it."""
        return bool(self._texts)

    @property
    def _whole(self) -> bytes:
        """The lines that were written to their ends."""
        return self.content[: self.content.rfind(b"\n") + 1]

    @property
    def _texts(self) -> list[bytes]:
        return self._whole.split(b"\n")[:-1]


def head_said(head: str) -> str:
    """The hash of the last line of a log, or that the log has none."""
    return head if head != FIRST else "empty: nothing was released"


def number_of(release_id: str) -> int:
    """The number in the id of a release, r001-final → 1; ValueError where it is none."""
    return int(release_id[1:].split("-")[0])


def line_for(manifest: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    """What a line says of a release, from its manifest and that one's hash."""
    run = manifest.get("run", {})
    return {
        "year": manifest["year"],
        "id": manifest["release"],
        "stage": manifest["stage"],
        "made_at": manifest["made_at"],
        "account": run.get("account"),
        "host": run.get("host"),
        "sha256": sha256,
    }


def _line(text: bytes) -> Line | Pruned | None:
    """A line as it reads; None where it does not."""
    try:
        told = json.loads(text)
        line = Pruned(**told) if "pruned_at" in told else Line(**told)
        number_of(line.id), int(line.year)
        return line if isinstance(line, Pruned) or line.sha256 else None
    except (ValueError, TypeError, IndexError, AttributeError):
        return None


def _text_of(line: Line | Pruned) -> bytes:
    told = {name: value for name, value in asdict(line).items() if name not in _WHERE_SAID or value}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
