"""Faults of the machine, told from faults of the program: a full disk, a lock, no memory, no rights.

Belongs here: recognising them by what the system, or the library that asked it, says, and the sentence for
each. Does not: what each step does about one, which is to end and leave nothing behind.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping

_DO: Mapping[int, str] = {
    errno.ENOSPC: "The disk is full. Make room and run again",
    errno.EDQUOT: "The account has used up its share of the disk. Make room and run again",
    errno.EROFS: "The file system is read-only. Let it be mounted for writing, or choose another --home",
    errno.EACCES: "The account may not do this. Give it the right, or choose another --home",
    errno.EPERM: "The account may not do this. Give it the right, or choose another --home",
    errno.EMFILE: "Too many files are open. Raise the limit (`ulimit -n`) to 256 at least",
    errno.ENFILE: "The machine has too many files open. End other programs and run again",
    errno.ENOMEM: "There is not enough memory. End other programs, or raise the limit (`MUJUN_MEMORY_MIB`, "
    "`ulimit -v`)",
    errno.EIO: "The disk cannot be read or written. Let somebody look at it",
    errno.EAGAIN: "The machine can start no more processes. End other programs and run again",
    errno.ENOTDIR: "A file stands where a folder must be. Take it away",
    errno.EISDIR: "A folder stands where a file must be. Take it away",
    errno.EEXIST: "A file stands where a folder must be. Take it away",
    errno.ENAMETOOLONG: "The path is too long. Choose a shorter --home",
}

# What libraries say of the same where they keep the number to themselves.
_SAID: Mapping[str, int] = {
    r"no space left on device|disk is full|disk quota": errno.ENOSPC,
    r"read-only file system|readonly database": errno.EROFS,
    r"permission denied": errno.EACCES,
    r"too many open files|unable to open database file": errno.EMFILE,
    r"cannot allocate memory|out of memory|bad_alloc|malloc of size|failed to allocate": errno.ENOMEM,
    r"input/output error|disk i/o error": errno.EIO,
    r"resource temporarily unavailable|can't start new thread": errno.EAGAIN,
}
_LOCKED = re.compile(r"Could not set lock on file \"(?P<file>[^\"]*)\".*?(?:\(PID (?P<pid>\d+)\))", re.DOTALL)


def sentence(error: BaseException) -> str | None:
    """What to tell a person of `error` if the machine is to blame for it or for what it followed from; else
    None."""
    for cause in _causes(error):
        text = str(cause)
        if locked := _LOCKED.search(text):
            return (
                f"{locked['file']} is held open by another program (process {locked['pid']}). Close it there "
                "and run again; a release can be read while a run writes, the warehouse can not."
            )
        if isinstance(cause, MemoryError):
            return f"{_DO[errno.ENOMEM]}."
        number = cause.errno if isinstance(cause, OSError) else None
        if number not in _DO and _speaks_of_the_machine(cause):
            number = next((n for said, n in _SAID.items() if re.search(said, text, re.IGNORECASE)), None)
        if number is not None and number in _DO:
            file = getattr(cause, "filename", None)
            return f"{_DO[number]} ({file or _first_line(text)})."
    return None


_LIBRARIES = ("_duckdb", "duckdb", "sqlite3", "sqlalchemy", "pyarrow", "orchestration", "xlsxwriter")


def _speaks_of_the_machine(error: BaseException) -> bool:
    library = type(error).__module__.split(".")[0]
    return isinstance(error, (OSError, RuntimeError)) or library in _LIBRARIES


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and what it was raised beside."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, cause.__context__]


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0][:300]
