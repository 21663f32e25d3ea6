"""What lies in the drop folder: `<inbox>/<department>/<year>/<file>`.

Departments write there, so nothing in it is trusted to stay or to be what it was when it was listed. Below
the inbox no link is followed: every name is opened relative to the folder that was opened before it, and what
was opened is looked at before it is read. Belongs here: which entries are files to be read, which are passed
over and which must wait. Does not: looking into them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from orchestration.accounts import account_of
from orchestration.errors import MachineError
from orchestration.intake.archive import digest
from orchestration.intake.contract import SUFFIXES, Contract, Feed
from orchestration.intake.refusal import RefusalError
from orchestration.terminal import visible

_PASSED_OVER = ("thumbs.db", "desktop.ini")
_STILL_COPYING = (".tmp", ".part", ".partial", ".crdownload", ".download", ".downloading")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = (
    os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
)  # never waits for a pipe's writer
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)

NOT_A_FILE = ("不是普通文件（是链接、管道或设备）。", "请把文件本身复制到文件夹中，不要放快捷方式或链接。")
NOT_A_FOLDER = (
    "不是文件夹（是链接、文件或设备），其中的内容未读取。",
    "请建立真正的年度文件夹，把文件本身放进去，不要用链接或快捷方式。",
)
CLOSED_FOLDER = ("没有进入该文件夹的权限，其中的文件未读取。", "请系统管理员恢复该文件夹的读取权限。")
CLOSED_FILE = ("没有读取该文件的权限。", "请检查文件的权限后重新放入。")


class GoneError(Exception):
    """A file is no longer there, nor may its folder be."""


class MovedError(Exception):
    """A file is not what it was when it was listed: somebody is still copying it, or put something else
    there."""


@dataclass(frozen=True)
class Drop:
    """One file in the drop folder, or what lies where its folder should be; `name` is its name as text that
    can be stored and shown. `account`: whose file it is. `barred`: why it cannot be read, and what to do."""

    inbox: Path
    department: str
    year: int
    path: Path
    name: str
    feed: Feed | None
    size: int
    changed_ns: int
    account: str | None = None
    barred: tuple[str, str] | None = None

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()

    @property
    def file_id(self) -> str:
        return f"{self.department}/{self.name}"

    @property
    def is_file(self) -> bool:
        """Whether it lies in a folder of the year, rather than in its place."""
        return self.barred not in (NOT_A_FOLDER, CLOSED_FOLDER)

    def copy(self, target: BinaryIO | None = None) -> str:
        """The SHA-256 of the file, copied to `target` if given; of what was listed, or MovedError, GoneError,
        PermissionError."""
        with self._opened() as stream:
            try:
                found = digest(stream, target, most=self.size + 1)
            except OSError as error:
                if target is not None:
                    raise  # it may be the target's
                raise _cannot_be_read(self.path, error) from error
            if self._is_another(os.fstat(stream.fileno())):
                raise MovedError
        return found

    def has_moved(self) -> bool:
        """Whether the file has changed since it was listed: somebody is still copying it."""
        try:
            with _folder(self.inbox, self.department, str(self.year)) as folder:
                return self._is_another(os.stat(self.path.name, dir_fd=folder, follow_symlinks=False))
        except (GoneError, FileNotFoundError, PermissionError):
            return True

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        with _folder(self.inbox, self.department, str(self.year)) as folder:
            try:
                descriptor = os.open(self.path.name, _FILE, dir_fd=folder)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
                    raise MovedError from None
                if error.errno in _NOT_THERE:
                    raise GoneError from None
                if isinstance(error, PermissionError):
                    raise
                raise _cannot_be_read(self.path, error) from error
            with open(descriptor, "rb", buffering=0) as stream:  # noqa: PTH123
                if self._is_another(os.fstat(descriptor)):
                    raise MovedError
                yield stream

    def _is_another(self, now: os.stat_result) -> bool:
        return not stat.S_ISREG(now.st_mode) or (now.st_size, _changed_ns(now)) != (
            self.size,
            self.changed_ns,
        )

    def refusal(self, contract: Contract) -> RefusalError | None:
        """Why the file is refused before it is opened; None if it may be read."""
        if self.barred:
            return RefusalError(*self.barred)
        if self.feed is None:
            labels = "、".join(feed.label for feed in contract.of(self.department))
            return RefusalError(
                "从文件名看不出是哪一张表。", f"请让文件名以表名开头后重新提交；本部门的表有：{labels}。"
            )
        if self.feed.department != self.department:
            owner = contract.departments[self.feed.department]
            return RefusalError(
                f"「{self.feed.label}」由{owner}报送，不应放在本部门的文件夹中。",
                "请核对文件名，或交由该部门报送。",
            )
        if self.suffix not in SUFFIXES:
            return RefusalError(
                f"不支持的文件格式“{self.path.suffix or '（无扩展名）'}”。",
                "请另存为 .xlsx、.xls 或 .csv 后重新提交。",
            )
        return None


def list_drops(inbox: Path, year: int, contract: Contract) -> list[Drop]:
    """The files of `year` in the folders of all departments, by department and name."""
    return [
        drop for department in contract.departments for drop in _in_folder(inbox, department, year, contract)
    ]


def notices(inbox: Path, year: int, contract: Contract) -> list[str]:
    """What lies where files are expected and is not read, in sentences (Chinese)."""
    found = []
    for department in contract.departments:
        for name, status in _entries_if_any(inbox, department, str(year)):
            where = f"{department}/{year}/{printable_name(name)}"
            if name.startswith("."):
                continue
            if stat.S_ISDIR(status.st_mode):
                found.append(f"{where} 是文件夹，未读取；请把文件直接放在年度文件夹中。")
            elif name.lower().endswith(_STILL_COPYING):
                found.append(f"{where} 尚未复制完成，暂不读取。")
        for name, _ in _entries_if_any(inbox, department):
            if not is_passed_over(name) and not _is_year(name):
                where = f"{department}/{printable_name(name)}"
                found.append(f"{where} 不在年度文件夹中，未读取；请把文件放进 {department}/{year}。")
    for name, _ in _entries_if_any(inbox):
        if name not in contract.departments and not is_passed_over(name):
            known = "、".join(contract.departments)
            found.append(f"{printable_name(name)} 不是部门文件夹，未读取；部门文件夹为：{known}。")
    return found


def years_in(inbox: Path, contract: Contract) -> list[int]:
    """The years for which some department has a folder."""
    found = {
        int(name)
        for department in contract.departments
        for name, status in _entries_if_any(inbox, department)
        if stat.S_ISDIR(status.st_mode) and _is_year(name)
    }
    return sorted(found)


def fingerprint(drops: Iterable[Drop]) -> str:
    """A short text that differs whenever a file was added, changed or taken out."""
    said = "\n".join(f"{drop.file_id}\0{drop.size}\0{drop.changed_ns}" for drop in drops)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def is_passed_over(name: str) -> bool:
    """Whether an entry is no delivery: hidden, of the desktop or an office program, or still being copied."""
    lower = name.lower()
    return name.startswith((".", "~$")) or lower in _PASSED_OVER or lower.endswith(_STILL_COPYING)


def printable_name(name: str) -> str:
    """A file name as text; bytes that are not UTF-8 are written out as `\\xNN`."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")


def _in_folder(inbox: Path, department: str, year: int, contract: Contract) -> Iterator[Drop]:
    folder = inbox / department / str(year)

    def in_its_place(barred: tuple[str, str]) -> Drop:
        return Drop(inbox, department, year, folder, str(year), None, 0, 0, barred=barred)

    try:
        entries = _entries(inbox, department, str(year))
    except PermissionError:
        yield in_its_place(CLOSED_FOLDER)
        return
    except GoneError:
        if _is_no_folder(inbox, department) or _is_no_folder(inbox, department, str(year)):
            yield in_its_place(NOT_A_FOLDER)
        return
    for entry, status in entries:
        if is_passed_over(entry) or stat.S_ISDIR(status.st_mode):
            continue
        yield Drop(
            inbox=inbox,
            department=department,
            year=year,
            path=folder / entry,
            name=(name := printable_name(entry)),
            feed=contract.feed_of(name),
            size=status.st_size,
            changed_ns=_changed_ns(status),
            account=account_of(status.st_uid),
            barred=None if stat.S_ISREG(status.st_mode) else NOT_A_FILE,
        )


@contextmanager
def _folder(inbox: Path, *names: str) -> Iterator[int]:
    """A descriptor of `<inbox>/<name>/…`; no name is followed if it is a link. GoneError where it is no
    folder, PermissionError, MachineError."""
    path = inbox
    try:
        here = os.open(inbox, _FOLDER)
        try:
            for name in names:
                path /= name
                below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
                os.close(here)
                here = below
        except BaseException:
            os.close(here)
            raise
    except PermissionError:
        raise
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise GoneError from None
        raise _cannot_be_read(path, error) from error
    try:
        yield here
    finally:
        os.close(here)


def _entries(inbox: Path, *names: str) -> list[tuple[str, os.stat_result]]:
    """What lies in a folder, by name, each with its own state; raises like `_folder`."""
    found = []
    with _folder(inbox, *names) as folder:
        try:
            for name in sorted(os.listdir(folder)):  # noqa: PTH208 - pathlib knows no descriptors
                with suppress(FileNotFoundError):
                    found.append((name, os.stat(name, dir_fd=folder, follow_symlinks=False)))
        except PermissionError:
            raise
        except OSError as error:
            raise _cannot_be_read(inbox.joinpath(*names), error) from error
    return found


def _entries_if_any(inbox: Path, *names: str) -> list[tuple[str, os.stat_result]]:
    try:
        return _entries(inbox, *names)
    except (GoneError, PermissionError):
        return []


def _is_no_folder(inbox: Path, *names: str) -> bool:
    """Whether something lies there that is not a folder: a link, say."""
    try:
        with _folder(inbox, *names[:-1]) as folder:
            return not stat.S_ISDIR(os.stat(names[-1], dir_fd=folder, follow_symlinks=False).st_mode)
    except (GoneError, FileNotFoundError, PermissionError):
        return False


def _cannot_be_read(path: Path, error: OSError) -> MachineError:
    return MachineError(
        f"{visible(str(path))} cannot be read: {error.strerror or error}. Nothing was taken in. See that the "
        "share is mounted, and run again."
    )


def _changed_ns(status: os.stat_result) -> int:
    """The last change of content or of anything about a file: unlike the date of the content, whoever copies
    a file cannot set it, neither back nor into the future."""
    return status.st_ctime_ns


def _is_year(name: str) -> bool:
    return len(name) == 4 and name.isascii() and name.isdigit()
