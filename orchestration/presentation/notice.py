"""Who may object to a notice, where and until when (意见 四(四)): what is said beside every public list.

Belongs here: putting the days and the office's settings into the wordings. Does not: the wordings
(`data/wordings`), whether a final kept the days (OBJ-03).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np

from orchestration.policy import load_policy
from orchestration.presentation.explain import day
from orchestration.presentation.wording import Wording, filled
from orchestration.release.reading import read_manifest


def last_day(noticed_on: date, working_days: int) -> date:
    """The last of the working days after a notice, its own day not counted; Saturdays and Sundays are none,
    public holidays are not known here (rulebook 10.3)."""
    offset = np.busday_offset(np.datetime64(noticed_on), working_days, roll="backward")
    return max(noticed_on, date.fromisoformat(str(offset)))


def objections(folder: Path, wording: Wording) -> Iterator[tuple[str, str]]:
    """Label and sentence, line by line, of the release in `folder`: at the notice who may object, how, where
    and until when; after it, that the days are over."""
    manifest, policy = read_manifest(folder), load_policy(folder / "policy")
    working_days = policy.parameter(manifest["year"], "notice_days")
    told = {"notice_days": working_days, "notice": manifest["notice_release"]}
    codes = ["none"]
    if manifest["noticed_on"]:
        noticed_on = date.fromisoformat(manifest["noticed_on"])
        told |= {"noticed_on": day(noticed_on), "until": day(last_day(noticed_on, int(working_days)))}
        codes = ["who", "what", "where", "until"] if manifest["stage"] == "notice" else ["over"]
    missing = wording.sentences["notice", "not_set"]
    office = policy.office(date.fromisoformat(manifest["as_of"]))
    told |= {name: text or missing for name, text in office.items()}
    for code in codes:
        yield wording.codes["notice"][code], filled(wording.sentences["notice", code], told)
