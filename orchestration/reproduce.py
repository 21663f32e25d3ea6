"""Rebuilding a release from the archive: the same files, method and day must give the same tables.

Belongs here: running the year again by the job that makes releases, and comparing. Does not: laying out what
the release was made from (`recompute`), making a release (`publish`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from orchestration.launch import run_job
from orchestration.recompute import again, lay_out, versions
from orchestration.release.register import Release, newest, sha256
from orchestration.run_request import INTAKE_JOB, job_of
from orchestration.settings import Engine, Home, code_version

_RECEIVED = "source_file"
_WHEN_AND_WHO = ("received_at", "account")  # what it says is another when a file is received again


def reproduce(home: Home, release: Release, say: Callable[[str], object]) -> list[str]:
    """Run the year of `release` again from the archive of `home`; returns the tables that differ.

    UserError where a file of the release is not in the archive or is not what it was, or a release
    that it was compared with is gone.
    """
    manifest = release.trusted_manifest()
    if manifest["code_version"] != code_version():
        say(f"code      {manifest['code_version']} then, {code_version()} now")
    then, now = manifest.get("engine"), Engine.chosen().release  # a release of 0.3.0 names none
    if then not in (None, now):
        say(f"engine    {then} then, {now} now")
    with again(home, release) as (new, inbox):
        *former, last = versions(manifest)
        for version_of in former:
            lay_out(home, inbox, manifest, version_of)
            _run(INTAKE_JOB, manifest, new, inbox)
        lay_out(home, inbox, manifest, last)
        _run(job_of(release.stage), manifest, new, inbox)
        made = newest(new, release.year, release.stage)
        assert made is not None  # the job has just made it
        return sorted(_different(release.path / "parquet", made.path / "parquet"))


def _run(job: str, manifest: Mapping[str, Any], home: Home, inbox: Path) -> None:
    run_job(job, year=manifest["year"], home=home, inbox=inbox, as_of=manifest["as_of"])


def _different(ours: Path, theirs: Path) -> Iterable[str]:
    names = {path.stem for folder in (ours, theirs) for path in folder.glob("*.parquet")}
    for name in names:
        pair = [folder / f"{name}.parquet" for folder in (ours, theirs)]
        if not all(path.is_file() for path in pair):
            yield name
        elif name == _RECEIVED:
            if _rows(pair[0]) != _rows(pair[1]):
                yield name
        elif sha256(pair[0]) != sha256(pair[1]):
            yield name


def _rows(path: Path) -> list[tuple[Any, ...]]:
    columns = f"columns(name -> not list_contains({list(_WHEN_AND_WHO)}, name))"
    query = f"select {columns} from read_parquet(?) order by file_id"
    return duckdb.execute(query, [str(path)]).fetchall()
