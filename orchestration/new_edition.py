"""A new edition of the method, begun as a copy of one that there is.

Belongs here: adding its rows to the tables as text, so that what stands there stays as it is. Does not: what
it changes, which is for the person who issues it.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from pathlib import Path

from orchestration.errors import UserError
from orchestration.policy import load_policy
from orchestration.policy_form import EDITION, schema


def new_edition(folder: Path, former: str, edition: str, first_year: int, out: Path | None = None) -> Path:
    """Let every table of `folder` that belongs to editions say for `edition` what it says for `former`, from
    `first_year` on; returns the folder: `out`, a new copy, or else `folder` itself, all tables or none.

    UserError where `edition` is there or `former` is not, where the result would be faulty, or `out` exists.
    """
    editions = [row[EDITION] for row in load_policy(folder).rows("editions")]
    if former not in editions:
        raise UserError(f"There is no edition “{former}” in {folder}. There are: {', '.join(editions)}.")
    if edition in editions:
        raise UserError(
            f"The edition “{edition}” is in {folder} already. One name is one content: take another."
        )
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} is there already. Name a folder that is new or empty.")
    with tempfile.TemporaryDirectory(prefix="mujun-") as aside:
        draft = Path(shutil.copytree(folder, Path(aside) / "policy"))
        changed = [table.name for table in schema().tables.values() if table.by_edition]
        for name in changed:
            if (path := draft / f"{name}.csv").exists():
                _copy_rows(path, former, edition, first_year)
        try:
            load_policy(draft)
        except UserError as error:
            raise UserError(str(error).replace(str(draft), str(out or folder))) from error
        try:
            if out is not None:
                shutil.copytree(draft, out, dirs_exist_ok=True)
                return out
            _replace(folder, draft, changed)
        except OSError as error:
            raise UserError(f"{out or folder} cannot be written: {error.strerror}.") from error
    return folder


def _copy_rows(path: Path, former: str, edition: str, first_year: int) -> None:
    """Append the rows of `former` as rows of `edition`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        names, *rows = csv.reader(file)
    end = "\r\n" if b"\r\n" in path.read_bytes() else "\n"
    added = io.StringIO()
    writer = csv.writer(added, lineterminator=end)
    changed = {EDITION: edition}
    if path.stem == "editions":
        changed |= {"first_year": str(first_year), "last_year": ""}
    for row in rows:
        cells = dict(zip(names, row, strict=False))
        if cells.get(EDITION, "").strip() == former:
            writer.writerow((cells | changed).values())
    text = path.read_bytes()
    gap = b"" if text.endswith(b"\n") else end.encode()
    path.write_bytes(text + gap + added.getvalue().encode())


def _replace(folder: Path, draft: Path, names: list[str]) -> None:
    """Put the tables of `draft` in place of those of `folder`, once all of them are there."""
    parts = []
    try:
        for name in names:
            if (source := draft / f"{name}.csv").exists():
                parts.append(Path(shutil.copyfile(source, folder / f".{name}.csv.part")))
        for part in parts:
            shutil.copymode(target := folder / part.name[1 : -len(".part")], part)
            part.replace(target)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
