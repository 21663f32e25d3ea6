"""One unit with other figures: what it then scores, and whom else that moves (rulebook 13).

Belongs here: computing its year anew by the same models, only as far as the answer needs, and reading both
sides. Does not: a whole simulation (`simulation`), showing the answer (`presentation.what_if`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from orchestration.effects import Answer, ChangedFigure
from orchestration.errors import UserError
from orchestration.recompute import inputs_of
from orchestration.release.reading import DATABASE, open_releases
from orchestration.release.register import Release
from orchestration.rows import fetch
from orchestration.settings import Home

_NEEDED = ["enterprise_result", "enterprise_item", "standard"]

_UNIT = """
    select county_code, county_name from enterprise_result
    where uscc = $uscc and ($county is null or $county in (county_code, county_name))
    order by county_code
"""

_ITEMS = """
    select
        coalesce(a.indicator, b.indicator) as indicator,
        a.value as value_before,
        b.value as value_after,
        a.tier as tier_before,
        b.tier as tier_after,
        a.score as score_before,
        b.score as score_after,
        coalesce(a.weight, b.weight) as weight,
        a.standard_max as max_before,
        b.standard_max as max_after,
        a.standard_mean as mean_before,
        b.standard_mean as mean_after,
        a.standard_min as min_before,
        b.standard_min as min_after
    from (from a.enterprise_item where uscc = $uscc and county_code = $county) as a
    full join (from b.enterprise_item where uscc = $uscc and county_code = $county) as b
        on a.indicator = b.indicator
"""

_OTHERS = """
    select
        a.county_code,
        a.uscc,
        a.enterprise_name,
        a.class as class_before,
        b.class as class_after,
        a.rank as rank_before,
        b.rank as rank_after,
        a.total_score as total_before,
        b.total_score as total_after
    from a.enterprise_result as a
    inner join b.enterprise_result as b on a.county_code = b.county_code and a.uscc = b.uscc
    where
        (a.uscc, a.county_code) <> ($uscc, $county)
        and (
            a.class is distinct from b.class
            or a.rank is distinct from b.rank
            or a.total_score is distinct from b.total_score
        )
    order by a.class is not distinct from b.class, a.county_code, b.rank nulls last, a.uscc
"""


def unit_of(release: Release, uscc: str, county: str | None) -> tuple[str, str]:
    """The unit that is asked about, as (uscc, county_code); `county` is a code or a name. UserError where it
    is none, or one of several."""
    with release.database() as connection:
        found = fetch(connection, _UNIT, {"uscc": uscc, "county": county})
    if len(found) == 1:
        return uscc, found[0]["county_code"]
    if not found:
        where = f"在{county}" if county else ""
        raise UserError(f"{uscc}{where}不是 {release.name} 中的评价企业。")
    named = "、".join(f"{row['county_name']} {row['county_code']}" for row in found)
    raise UserError(f"{uscc} 在几个区县评价：{named}。请用 --county 指明。")


def what_if(home: Home, release: Release, changes: Sequence[ChangedFigure]) -> Answer:
    """The answer for the unit of `changes`, which are all its own. UserError where an input, the release or
    one that it was compared with is no longer what it was."""
    release.check(DATABASE)
    unit = {"uscc": changes[0].uscc, "county": changes[0].county_code}
    with inputs_of(home, release) as inputs, tempfile.TemporaryDirectory(prefix="mujun-") as folder:
        anew = Path(folder) / "anew"
        inputs.compute(anew, changes, only=_NEEDED)
        with open_releases(a=release.path, b=anew) as connection:
            (before,) = fetch(
                connection, "from a.enterprise_result where uscc = $uscc and county_code = $county", unit
            )
            (after,) = fetch(
                connection, "from b.enterprise_result where uscc = $uscc and county_code = $county", unit
            )
            items = fetch(connection, _ITEMS, unit)
            return Answer(
                before, after, {row["indicator"]: row for row in items}, fetch(connection, _OTHERS, unit)
            )
