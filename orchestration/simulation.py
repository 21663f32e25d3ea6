"""A year computed anew and held against its release, for whoever drafts a rule or asks what if (rulebook 13).

Belongs here: making `<home>/simulations/<id>/`, which touches neither the warehouse, the releases nor the
receipts, and what of it to compare. Does not: computing (`recompute`), reading changed figures
(`changed_figures`), showing what came of it (`presentation.simulation`).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.accounts import account_and_host
from orchestration.effects import ChangedFigure, Effect
from orchestration.errors import UserError
from orchestration.files import make_folder
from orchestration.policy import load_policy
from orchestration.recompute import inputs_of
from orchestration.release.diff import diff
from orchestration.release.reading import DATABASE, MANIFEST, open_releases
from orchestration.release.register import Release, find, sha256, standing
from orchestration.rows import Row, fetch
from orchestration.settings import FEEDS, Home, code_version, policy_folder

SIMULATED = "simulation.duckdb"
_BEHIND = 5  # tries for a number that somebody else takes at the same time

# Both standings of each unit, with what it is told apart by; a size as the statistics bureau has it.
_UNITS = """
    create table compared as
    with both_sides as (
        select
            coalesce(a.county_code, b.county_code) as county_code,
            coalesce(a.uscc, b.uscc) as uscc,
            coalesce(a.enterprise_name, b.enterprise_name) as enterprise_name,
            coalesce(a.park_code, b.park_code) as park_code,
            left(coalesce(a.industry_code, b.industry_code), 2) as division,
            coalesce(a.average_headcount, b.average_headcount) as headcount,
            coalesce(a.revenue, b.revenue) as revenue,
            a.county_code is not null as there_before,
            b.county_code is not null as there_after,
            a.treatment as treatment_before,
            b.treatment as treatment_after,
            a.class as class_before,
            b.class as class_after,
            a.rank as rank_before,
            b.rank as rank_after,
            a.total_score as total_before,
            b.total_score as total_after
        from a.enterprise_result as a
        full join b.enterprise_result as b on a.county_code = b.county_code and a.uscc = b.uscc
    )

    select
        both_sides.*,
        (
            select arg_min(size, position) from size
            where headcount >= headcount_least and revenue >= revenue_least
        ) as size,
        case
            when class_before is not distinct from class_after then 'same'
            when class_before is null or class_after is null then 'other'
            when class_after < class_before then 'up'
            else 'down'
        end as moved
    from both_sides
"""

# How many of the enterprises of a kind win and lose; `moved_other`: a class on one side only.
_COUNTS = """
    select
        kind,
        code,
        count(*) as units,
        count(*) filter (moved = 'up') as up,
        count(*) filter (moved = 'down') as down,
        count(*) filter (moved = 'other') as other,
        avg(total_after - total_before) as mean_change
    from (
        unpivot (
            select county_code as county, coalesce(park_code, '') as park, coalesce(division, '') as industry,
                coalesce(size, '') as size, moved, total_before, total_after
            from compared
        )
        on county, park, industry, size into name kind value code
    )
    group by kind, code
    order by kind, up + down + other desc, code
"""

_MATRIX = """
    select
        case when there_before then coalesce(class_before, 'none') else 'out' end as class_before,
        case when there_after then coalesce(class_after, 'none') else 'out' end as class_after,
        count(*) as units
    from compared
    group by all
    order by all
"""

_MOVED = """
    from compared
    where moved <> 'same'
    order by county_code, rank_after nulls last, uscc
"""

_STANDARDS = """
    select
        coalesce(a.level, b.level) as level,
        coalesce(a.group_code, b.group_code) as group_code,
        coalesce(a.indicator, b.indicator) as indicator,
        a.n as n_before,
        b.n as n_after,
        a.max as max_before,
        b.max as max_after,
        a.mean as mean_before,
        b.mean as mean_after,
        a.min as min_before,
        b.min as min_after
    from a.standard as a
    full join b.standard as b
        on a.level = b.level and a.group_code = b.group_code and a.indicator = b.indicator
    order by all
"""


def released(home: Home, year: int, name: str | None) -> Release:
    """The release of `year` that is asked about: `name`, else the one that stands. UserError where there is
    none."""
    if name is not None:
        found = find(home, name if "/" in name else f"{year}/{name}")
        if found.year != year:
            raise UserError(f"{found.name} is no release of {year}.")
        return found
    found_standing = standing(home, year)
    if found_standing is None:
        raise UserError(f"There is no release of {year}: `mujun run --year {year}` makes a draft.")
    return found_standing


def made_by_other_code(release: Release) -> str | None:
    """That other code made the release, so that a difference may come of that too; None where it did not."""
    then = release.trusted_manifest()["code_version"]
    if then == code_version():
        return None
    return f"code {then} then, {code_version()} now: a difference may come of that too"


def simulate(
    home: Home,
    release: Release,
    policy: Path | None,
    changes: Sequence[ChangedFigure],
    write: Callable[[Path, Effect], object],
) -> tuple[Path, Effect]:
    """Compute the year of `release` anew with another method, with changed figures, or both, and let `write`
    add to the folder what shows the effect; returns that folder, which is there whole or not at all, and the
    effect.

    UserError where a file, the release, or one that it was compared with is no longer what it was, or the
    method is faulty or has no edition for the year.
    """
    release.check(DATABASE)
    sizes = load_policy(policy_folder()).rows("sizes")
    root = home.path / "simulations"
    try:
        make_folder(root)
    except OSError as error:
        raise UserError(f"{root} cannot be written: {error.strerror}.") from error
    with tempfile.TemporaryDirectory(prefix=".", dir=root) as aside:
        part = Path(aside) / "simulation"
        with inputs_of(home, release, policy) as inputs:
            inputs.compute(part, changes)
            edition = load_policy(inputs.policy).edition(release.year)
        _complete(part, inputs.policy, release, edition, changes)
        effect = _effect(release.path, part, sizes)
        write(part, effect)
        (part / DATABASE).rename(part / SIMULATED)
        return _named(part, root, release), effect


def _named(part: Path, root: Path, release: Release) -> Path:
    """Give the folder its name: the release, and the next number."""
    for _ in range(_BEHIND):
        stem = f"{release.year}-{release.id}"
        taken = [int(path.name[-3:]) for path in root.glob(f"{stem}-s[0-9][0-9][0-9]")]
        target = root / f"{stem}-s{max(taken, default=0) + 1:03d}"
        try:
            target.mkdir()  # nobody else has the number from now on
        except FileExistsError:
            continue
        return part.rename(target)
    raise UserError(f"{root} is being written by others at the same time. Simulate again.")


def _complete(
    part: Path, policy: Path, release: Release, edition: str, changes: Sequence[ChangedFigure]
) -> None:
    """Put beside the tables the method and the contract by which they are read, and what they were made
    from."""
    former = release.trusted_manifest()
    feeds = release.path / "feeds"
    shutil.copytree(policy, part / "policy", ignore=shutil.ignore_patterns("*.md"))
    shutil.copytree(feeds if feeds.is_dir() else FEEDS, part / "feeds")
    told: Mapping[str, Any] = {
        "simulation": True,
        "year": release.year,
        "release": release.id,
        "stage": release.stage,
        "for_publication": False,
        "edition": edition,
        "code_version": code_version(),
        "as_of": former["as_of"],
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": account_and_host(),
        "of_release": {"name": release.name, "manifest": sha256(release.path / MANIFEST)},
        "changes": [asdict(change) for change in changes],
    }
    (part / MANIFEST).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def _effect(before: Path, after: Path, sizes: Sequence[Row]) -> Effect:
    with open_releases(a=before, b=after) as connection:
        connection.register("size", pa.Table.from_pylist(list(sizes)))
        connection.execute(_UNITS)
        counts, matrix = fetch(connection, _COUNTS), fetch(connection, _MATRIX)
        moved, standards = fetch(connection, _MOVED), fetch(connection, _STANDARDS)
    names = {row["size"]: row["size_zh"] for row in sizes}
    return Effect(counts, matrix, moved, standards, names, diff(before, after))
