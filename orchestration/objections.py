"""What the correction that an objection asked for does by itself (意见 四(四) 反馈; rulebook 10, 13).

Belongs here: computing the notice anew with one corrected figure, and who then stands otherwise. Does not:
deciding, which is the office's; the reply (`presentation.replies`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from expectations.equality import EQUAL_WITHIN
from orchestration.effects import ChangedFigure
from orchestration.recompute import inputs_of
from orchestration.release.reading import open_releases
from orchestration.release.register import Release, find
from orchestration.rows import Row, fetch
from orchestration.settings import Home

EVENTS = ("bonus", "deduction")  # what the subject `events` is made of

# The objections whose figure is another one now, and the unit of the notice that they are about.
_CORRECTED = """
    select
        objection.objection_no,
        objection.subject,
        objection.figure_after,
        member.unit_uscc as uscc,
        member.unit_county_code as county_code,
        unit.bonus,
        unit.deduction
    from now.objection as objection
    inner join noticed.enterprise_member as member
        on objection.uscc = member.uscc and objection.county_code = member.county_code
    left join now.enterprise_member as member_now
        on objection.uscc = member_now.uscc and objection.county_code = member_now.county_code
    left join now.enterprise_result as unit
        on member_now.unit_uscc = unit.uscc and member_now.unit_county_code = unit.county_code
    where
        objection.decision in ('upheld', 'partly')
        and objection.subject <> 'other'
        and abs(objection.figure_before - objection.figure_after)
            > $within * greatest(abs(objection.figure_before), abs(objection.figure_after))
    order by objection.objection_no
"""

# Who stands otherwise than in the notice.
_MOVED = """
    select
        noticed.county_code,
        noticed.uscc,
        noticed.enterprise_name,
        noticed.class as class_before,
        anew.class as class_after,
        noticed.rank as rank_before,
        anew.rank as rank_after,
        noticed.total_score as total_score_before,
        anew.total_score as total_score_after
    from noticed.enterprise_result as noticed
    inner join anew.enterprise_result as anew
        on noticed.county_code = anew.county_code and noticed.uscc = anew.uscc
    where
        noticed.class is distinct from anew.class
        or noticed.rank is distinct from anew.rank
        or noticed.total_score is distinct from anew.total_score
    order by noticed.county_code, noticed.rank, noticed.uscc
"""


def effects(home: Home, release: Release, say: Callable[[str], object]) -> Mapping[str, Sequence[Row]]:
    """For each objection of `release` whose correction moved the figure it is about: the units that stand
    otherwise, in class, rank or total, if nothing but that figure of the notice changes; itself among them.

    UserError where the notice, its files, or a release that it was compared with are not what they were.
    """
    name = _notice(release)
    if name is None:
        return {}
    notice = find(home, f"{release.year}/{name}")
    with open_releases(now=release.path, noticed=notice.path) as connection:
        corrected = fetch(connection, _CORRECTED, {"within": EQUAL_WITHIN})
    if not corrected:
        return {}
    found = {}
    with inputs_of(home, notice) as inputs, tempfile.TemporaryDirectory(prefix="mujun-") as folder:
        for number, objection in enumerate(corrected):
            say(f"objection {objection['objection_no']}: {notice.name} with this correction alone")
            anew = Path(folder) / str(number)
            inputs.compute(anew, list(_changes(objection)), only=["enterprise_result"])
            with open_releases(noticed=notice.path, anew=anew) as connection:
                found[str(objection["objection_no"])] = fetch(connection, _MOVED)
    return found


def _notice(release: Release) -> str | None:
    """The notice that the objections of a release are about; None where there is none of either."""
    with release.database() as connection:
        row = connection.execute("select max(notice_release) from objection").fetchone()
    return row[0] if row else None


def _changes(objection: Row) -> Iterator[ChangedFigure]:
    """The corrected figure as a change of the notice; of events what they are made of."""
    uscc, county = objection["uscc"], objection["county_code"]
    if objection["subject"] != "events":
        yield ChangedFigure(uscc, county, objection["subject"], objection["figure_after"])
        return
    for figure in EVENTS:
        yield ChangedFigure(uscc, county, figure, objection[figure])
