"""The archive: every file ever seen, as delivered, under the SHA-256 of its content.

Nothing in it is believed unread: whatever is taken from it is hashed then. Belongs here: taking content in
and giving it out. Does not: who delivered it and when (`versions`).
"""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from orchestration.errors import MachineError, UserError
from orchestration.files import make_folder, write_named
from orchestration.terminal import visible

_MODE = 0o440
_CHUNK = 1 << 20
_LEFT_FREE = 64 << 20  # bytes, for the tables and the receipts that follow

State = Literal["kept", "missing", "altered"]


@dataclass(frozen=True)
class Archive:
    """The archive in its folder."""

    folder: Path

    def open(self) -> None:
        """Make the folder, and clear what a killed writer left in it."""
        make_folder(self.folder)
        for path in self.folder.glob(".*"):
            path.unlink()

    def state(self, sha256: str) -> State:
        """Whether the content of that name is there; `altered`: something else lies under it."""
        path = self.folder / sha256
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                return "altered"
            with path.open("rb") as stream:
                return "kept" if digest(stream) == sha256 else "altered"
        except FileNotFoundError:
            return "missing"

    def make_room(self, sizes: Mapping[str, int]) -> None:
        """MachineError where the disk has no room for new contents (SHA-256 → bytes): before any is
        copied."""
        free = shutil.disk_usage(self.folder).free
        needed = sum(sizes.values())
        if needed and needed + _LEFT_FREE > free:
            raise MachineError(
                f"The disk of {self.folder} has {_mib(free)} MiB free; the files to be archived need "
                f"{_mib(needed)} MiB and the run {_mib(_LEFT_FREE)} MiB more. Nothing was taken in: make "
                "room and run again."
            )

    def keep(self, copy: Callable[[BinaryIO], str]) -> str:
        """Store what `copy` writes under the SHA-256 that it returns, whole or not at all; returns that."""
        return write_named(self.folder, copy, _MODE)

    def path_of(self, sha256: str, delivered_as: str) -> Path:
        """Where content lies that was hashed just now; UserError, with what to do, if it is not what its name
        says."""
        if (state := self.state(sha256)) != "kept":
            raise self._not_kept(sha256, delivered_as, state)
        return self.folder / sha256

    def copy_out(self, sha256: str, delivered_as: str, target: Path) -> None:
        """Copy content to `target`; UserError, with what to do, if what was copied is not what its name
        says."""
        try:
            with (self.folder / sha256).open("rb") as source, target.open("wb") as copy:
                if digest(source, copy) != sha256:
                    raise self._not_kept(sha256, delivered_as, "altered")
        except FileNotFoundError:
            raise self._not_kept(sha256, delivered_as, "missing") from None

    def _not_kept(self, sha256: str, delivered_as: str, state: State) -> UserError:
        is_wrong = "is gone" if state == "missing" else "is not what was delivered: its content was changed"
        return UserError(
            f"The archived file {self.folder / sha256} ({visible(delivered_as)}) {is_wrong}. Put it back "
            "from a copy of the archive, or have the department drop that very file again; then run again."
        )


def digest(source: BinaryIO, target: BinaryIO | None = None, most: int | None = None) -> str:
    """The SHA-256 of what `source` holds from here on (of its first `most` bytes), copied to `target`."""
    found, left = hashlib.sha256(), most
    while chunk := source.read(_CHUNK if left is None else min(_CHUNK, left)):
        found.update(chunk)
        if target is not None:
            target.write(chunk)
        if left is not None:
            left -= len(chunk)
    return found.hexdigest()


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f}"
