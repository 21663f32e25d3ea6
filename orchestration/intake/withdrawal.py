"""When files that are gone were taken back, and when something has happened to the inbox.

A share that is not mounted, a folder that was moved, look like a department that took everything back: that
needs a person's word. Belongs here: telling the two apart. Does not: what becomes of a file that was taken
back (`run`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from orchestration.errors import UserError
from orchestration.intake.contract import Contract
from orchestration.terminal import visible


def vanished(held: Collection[str], present: Collection[str]) -> dict[str, str]:
    """The departments of whose files (`file_id`) so many were `held` and are no longer `present` that it is
    no withdrawal → what is gone, in words.

    That is: all that its folder held; or more than half of it, and two files at least.
    """
    by_department: dict[str, list[str]] = {}
    for file_id in sorted(held):
        by_department.setdefault(_department(file_id), []).append(file_id)
    still_there = set(map(_department, present))
    found = {}
    for department, files in by_department.items():
        gone = [file_id for file_id in files if file_id not in present]
        if department not in still_there:
            found[department] = f"all that {department} had delivered ({_named(gone)})"
        elif len(gone) >= 2 and 2 * len(gone) > len(files):
            found[department] = f"{len(gone)} of {len(files)} files of {department} ({_named(gone)})"
    return found


def no_withdrawal(gone: dict[str, str], inbox: Path, year: int) -> str:
    """What is said where departments' files have `vanished`."""
    words = " ".join(f"--withdraw {department}" for department in gone)
    return (
        f"Gone from {_place(inbox)} for {year}: {'; '.join(gone.values())}. A share that is not mounted "
        "looks like this, so it is taken for no withdrawal, and nothing was changed. See that the files lie "
        f"there again; if they were taken back on purpose, say so by {words}."
    )


def check_inbox(
    *,
    inbox: Path,
    year: int,
    contract: Contract,
    held: Collection[str],
    known: bool,
    present: Collection[str],
    withdraw: Collection[str],
) -> None:
    """UserError where the inbox cannot be taken in: files have vanished that no person said were withdrawn,
    or there is nothing of a year that was never delivered (`known`: it was)."""
    if unknown := sorted(set(withdraw) - contract.departments.keys()):
        raise UserError(
            f"There is no department “{visible(unknown[0])}” to withdraw for; departments are "
            f"{', '.join(contract.departments)}."
        )
    gone = vanished(held, present)
    if unsaid := {department: what for department, what in gone.items() if department not in withdraw}:
        raise UserError(no_withdrawal(unsaid, inbox, year))
    if present or (known and inbox.is_dir()) or gone:
        return
    if not inbox.is_dir():
        raise UserError(
            f"There is no inbox {visible(str(inbox))}. Departments drop files into "
            "<inbox>/<department>/<year>/."
        )
    raise UserError(
        f"Nothing was dropped for {year}: there is no file in {visible(str(inbox))}/<department>/{year}/ "
        f"(departments: {', '.join(contract.departments)})."
    )


def _place(inbox: Path) -> str:
    return visible(str(inbox)) if inbox.is_dir() else f"{visible(str(inbox))}, which is not there,"


def _department(file_id: str) -> str:
    return file_id.split("/")[0]


def _named(files: Sequence[str]) -> str:
    shown = ", ".join(map(visible, files[:3]))
    return shown + (f" and {len(files) - 3} more" if len(files) > 3 else "")
