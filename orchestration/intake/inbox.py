"""What lies in the drop folder: `<inbox>/<department>/<year>/<file>`.

Belongs here: which entries are files to be read, which are passed over and which must wait. Does not: looking
into them.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.intake.contract import SUFFIXES, Contract, Feed
from orchestration.intake.refusal import RefusalError

_PASSED_OVER = ("thumbs.db", "desktop.ini")
_STILL_COPYING = (".tmp", ".part")


@dataclass(frozen=True)
class Drop:
    """One file in the drop folder; `name` is its name as text that can be stored and shown."""

    department: str
    year: int
    path: Path
    name: str
    feed: Feed | None
    size: int
    changed_ns: int  # last change of content or of anything about it: a copy may set the old date at its end
    regular: bool

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()

    @property
    def file_id(self) -> str:
        return f"{self.department}/{self.name}"

    def has_moved(self) -> bool:
        """Whether the file has changed since it was listed: somebody is still copying it."""
        try:
            now = self.path.lstat()
        except FileNotFoundError:
            return True
        return (now.st_size, _changed_ns(now)) != (self.size, self.changed_ns)

    def refusal(self, contract: Contract) -> RefusalError | None:
        """Why the file is refused before it is opened; None if it may be read."""
        if not self.regular:
            return RefusalError(
                "不是普通文件（是链接、管道或设备）。", "请把文件本身复制到文件夹中，不要放快捷方式或链接。"
            )
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
        folder = inbox / department / str(year)
        for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
            where = f"{department}/{year}/{printable_name(entry.name)}"
            if entry.name.startswith("."):
                continue
            if entry.is_dir() and not entry.is_symlink():
                found.append(f"{where} 是文件夹，未读取；请把文件直接放在年度文件夹中。")
            elif entry.name.lower().endswith(_STILL_COPYING):
                found.append(f"{where} 尚未复制完成，暂不读取。")
        for entry in sorted(folder.parent.iterdir()) if folder.parent.is_dir() else ():
            if not is_passed_over(entry.name) and not (entry.is_dir() and _is_year(entry.name)):
                where = f"{department}/{printable_name(entry.name)}"
                found.append(f"{where} 不在年度文件夹中，未读取；请把文件放进 {department}/{year}。")
    for entry in sorted(inbox.iterdir()) if inbox.is_dir() else ():
        if entry.name not in contract.departments and not is_passed_over(entry.name):
            known = "、".join(contract.departments)
            found.append(f"{printable_name(entry.name)} 不是部门文件夹，未读取；部门文件夹为：{known}。")
    return found


def years_in(inbox: Path, contract: Contract) -> list[int]:
    """The years for which some department has a folder."""
    found = {
        int(entry.name)
        for department in contract.departments
        if (inbox / department).is_dir()
        for entry in (inbox / department).iterdir()
        if entry.is_dir() and _is_year(entry.name)
    }
    return sorted(found)


def _is_year(name: str) -> bool:
    return len(name) == 4 and name.isascii() and name.isdigit()


def _in_folder(inbox: Path, department: str, year: int, contract: Contract) -> Iterator[Drop]:
    folder = inbox / department / str(year)
    if not folder.is_dir():
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if is_passed_over(entry.name) or entry.is_dir(follow_symlinks=False):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        yield Drop(
            department=department,
            year=year,
            path=Path(entry.path),
            name=(name := printable_name(entry.name)),
            feed=contract.feed_of(name),
            size=status.st_size,
            changed_ns=_changed_ns(status),
            regular=stat.S_ISREG(status.st_mode),
        )


def _changed_ns(status: os.stat_result) -> int:
    return max(status.st_mtime_ns, status.st_ctime_ns)


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
