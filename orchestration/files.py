"""Files that are whole or not there, also after a kill or a power cut.

A file is written aside, flushed to the disk, and takes the place of the former one; then its folder is
flushed, since the name is kept there. One writer at a time: see `resources.only_writer`. Belongs here: that,
and what is readable by whom. Does not: what is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

FOLDER_MODE, FILE_MODE = 0o750, 0o640
ASIDE = ".part"
_ANEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW


def write_whole(path: Path, content: bytes | Callable[[BinaryIO], object], mode: int = FILE_MODE) -> None:
    """Write `content`, or what it writes itself, as the file at `path`, whole or not at all; OSError."""

    def named(stream: BinaryIO) -> str:
        stream.write(content) if isinstance(content, bytes) else content(stream)
        return path.name

    write_named(path.parent, named, mode)


def write_named(folder: Path, write: Callable[[BinaryIO], str], mode: int = FILE_MODE) -> str:
    """Let `write` fill a new file of `folder` and return the name that it gets; returns that name.
    OSError."""
    make_folder(folder)
    aside = folder / ASIDE
    try:
        with os.fdopen(os.open(aside, _ANEW, mode), "wb") as stream:
            name = write(stream)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        aside.replace(folder / name)
        flush_folder(folder)
    except OSError as error:  # what writes to a stream does not say where
        raise OSError(error.errno, error.strerror, error.filename or str(folder)) from error
    finally:
        aside.unlink(missing_ok=True)
    return name


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it that are missing, for their owner and group; OSError."""
    for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        with suppress(FileExistsError):  # another run of a new home has made it meanwhile
            path.mkdir()
            path.chmod(FOLDER_MODE)  # whatever the umask
            flush_folder(path.parent)
    folder.mkdir(exist_ok=True)  # which a file in its place refuses


def flush_file(path: Path) -> None:
    """Put what is in a file, or the names in a folder, onto the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Put the names in `folder` onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_litter(folder: Path) -> None:
    """Remove what a killed writer left anywhere under `folder`."""
    for path in folder.rglob(ASIDE):
        path.unlink()
