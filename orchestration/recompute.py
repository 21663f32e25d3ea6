"""A year computed anew from the inputs of a release, in a home of its own (rulebook 13.1, 13.2).

Belongs here: laying out what a release says it was made from, and computing the year of it again, as it was
or with changed figures or another method. Does not: the rules, which are the same models; comparing the
outcome (`reproduce`, `release.diff`); making a release (`publish`, which refuses changed figures).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.effects import ChangedFigure
from orchestration.intake import run_intake
from orchestration.intake.archive import Archive
from orchestration.intake.contract import Contract, load_contract
from orchestration.judgement import build_models, judge_year
from orchestration.policy import load_policy
from orchestration.publish import laid_out, write_dictionary
from orchestration.release.editions import rebuilding
from orchestration.release.log import ReleaseLog, line_for
from orchestration.release.register import MANIFEST, Release, find, sha256
from orchestration.release.schema import published_tables
from orchestration.run_inputs import lay_down
from orchestration.settings import FEEDS, Home, feeds_folder, policy_folder, using

_WHEN_AND_WHO = ("received_at", "account")  # what a file that is taken in again says otherwise
_RECEIVED = """
    update release.main.source_file as anew
    set received_at = delivered.received_at, account = delivered.account
    from delivered
    where anew.file_id = delivered.file_id
"""


class Inputs:
    """What a release was made from, taken in again: as often as wanted, its year is computed of it, by the
    method in the folder `policy`."""

    def __init__(self, release: Release, home: Home) -> None:
        self.release, self.home, self.policy = release, home, policy_folder()
        self._manifest = release.trusted_manifest()

    def compute(
        self, folder: Path, changes: Sequence[ChangedFigure] = (), only: Sequence[str] | None = None
    ) -> None:
        """Compute the year with `changes`, and write its tables into `folder` as a release has them, in
        `release.duckdb`. `only`: the published tables that are wanted; else all of them, and judged."""
        year, stage = self.release.year, self.release.stage
        as_of = date.fromisoformat(self._manifest["as_of"])
        rows = [asdict(change) for change in changes]
        lay_down(self.home, year, stage, as_of, load_policy(policy_folder()), _contract(), rows)
        build_models(self.home, year, only)
        folder.mkdir(parents=True)
        with duckdb.connect(str(self.home.warehouse), config=dict(self.home.engine(year))) as warehouse:
            if only is None:
                judge_year(warehouse, self.home, year, stage, as_of)
            tables = [table for table in published_tables() if only is None or table.name in only]
            with laid_out(warehouse, year, folder, tables):
                if only is None:
                    write_dictionary(warehouse)
                    self._as_received(warehouse)

    def _as_received(self, warehouse: duckdb.DuckDBPyConnection) -> None:
        """Its files were received when the release says, not when they were taken in again."""
        delivered = self.release.table("source_file")
        told = {
            name: delivered[name] for name in ("file_id", *_WHEN_AND_WHO) if name in delivered.column_names
        }
        lacking = {name: pa.nulls(len(delivered)) for name in _WHEN_AND_WHO if name not in told}
        warehouse.register("delivered", pa.table({**told, **lacking}))
        warehouse.execute(_RECEIVED)
        warehouse.unregister("delivered")


@contextmanager
def inputs_of(home: Home, release: Release, policy: Path | None = None) -> Iterator[Inputs]:
    """The inputs of a release of `home`, taken in again in a home of their own that goes afterwards.
    `policy`: the folder of another method; else that of the release. UserError where a file of it is not in
    the archive or is not what it was, or a release that it was compared with is gone."""
    manifest = release.trusted_manifest()
    with again(home, release, policy) as (new, inbox):
        method = load_policy(policy_folder())
        for version_of in versions(manifest):
            lay_out(home, inbox, manifest, version_of)
            run_intake(
                year=release.year,
                inbox=inbox,
                home=new.path,
                contract=_contract(),
                counties=method.counties,
                retired=method.retired_counties,
                tell=False,
            )
        yield Inputs(release, new)


@contextmanager
def again(home: Home, release: Release, policy: Path | None = None) -> Iterator[tuple[Home, Path]]:
    """A new home with the releases that `release` was compared with, and an empty inbox beside it; read by
    the method and the contract that it carries, whatever is published under the name of its edition
    elsewhere. A release of 0.1.0 carries no contract."""
    manifest = release.trusted_manifest()
    feeds = release.path / "feeds"
    told = {"policy": policy or release.path / "policy", "feeds": feeds if feeds.is_dir() else FEEDS}
    with tempfile.TemporaryDirectory(prefix="mujun-") as folder, using(**told), rebuilding():
        new = Home(Path(folder) / "home")
        new.create()
        compared = [manifest.get(f"{part}_release") for part in ("previous", "base", "notice")]
        for name in dict.fromkeys(filter(None, compared)):
            _lend(find(home, name), new)
        yield new, Path(folder) / "inbox"
        _make_removable(Path(folder))


def versions(manifest: Mapping[str, Any]) -> list[str]:
    """Which versions of its files a release was made from, in their order, as the manifest names them. A file
    that was rejected left its former version in force: that one came first."""
    former = any(file["in_force"] not in (None, file["sha256"]) for file in manifest["inputs"])
    return ["in_force", "sha256"] if former else ["sha256"]


def lay_out(home: Home, inbox: Path, manifest: Mapping[str, Any], version_of: str) -> None:
    """Put the files of a release into `inbox` as they lay in the departments' folders."""
    for file in manifest["inputs"]:
        if file[version_of] is None:
            continue
        target = inbox / file["department"] / str(manifest["year"]) / file["file_name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        delivered_as = f"{file['department']}/{file['file_name']}"
        Archive(home.archive).copy_out(file[version_of], delivered_as, target)


def _contract() -> Contract:
    return load_contract(FEEDS).read_by(load_contract(feeds_folder()))


def _lend(previous: Release, new: Home) -> None:
    folder = new.releases(previous.year)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / previous.id).symlink_to(previous.path)
    said = line_for(previous.trusted_manifest(), sha256(previous.path / MANIFEST))
    ReleaseLog.load(new).with_line(**said, adopted=True)


def _make_removable(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)
