"""One edition name is one content: what is published under a name was computed by the method of that name.

Belongs here: holding the method of a year against the releases of a home and the method that came with mujun.
Does not: comparing two methods (`policy`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice

from orchestration.errors import UserError
from orchestration.intake.contract import load_contract
from orchestration.policy import Policy, differences, load_policy, read_policy
from orchestration.policy_form import EDITION, SHIPPED
from orchestration.release.register import Release, releases, years
from orchestration.settings import FEEDS, Home, feeds_folder

_TOLD = 5
_rebuilding: ContextVar[bool] = ContextVar("rebuilding", default=False)


@contextmanager
def rebuilding() -> Iterator[None]:
    """While a release is computed again to be compared, in a home that publishes nothing."""
    token = _rebuilding.set(True)
    try:
        yield
    finally:
        _rebuilding.reset(token)


@dataclass(frozen=True)
class Trial:
    """Why a method is no more than a trial: for the log, and on every page of the draft."""

    en: str
    zh: str


def trial(home: Home, year: int, stage: str, policy: Policy) -> Trial | None:
    """Whether the method of `year` is no more than a trial: under the name of its edition a notice or final
    of this home, or mujun itself, says something else; or the files are read by another contract than
    mujun's. None where it is the method of that name; UserError where it is a trial and `stage` is for
    publication."""
    if _rebuilding.get():
        return None
    feeds = feeds_folder()
    if feeds != FEEDS and load_contract(feeds).fingerprint(year) != load_contract(FEEDS).fingerprint(year):
        sentence = f"The files of {year} are read by the contract in {feeds}, not by {FEEDS}."
        if stage != "draft":
            raise UserError(f"{sentence} Only a draft may be: change {FEEDS}, or leave MUJUN_FEEDS unset.")
        return Trial(sentence, "试算：所用数据格式要求与正式的不同，结果仅供试算，不得作为依据")
    edition = policy.edition(year)
    for whose, other, its_year in _under_the_name(home, edition, year, stage):
        if found := list(differences(policy, other, edition, its_year)):
            more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
            sentence = (
                f"The edition “{edition}” is not what {whose} says under this name: "
                f"{'; '.join(islice(found, _TOLD))}{more}."
            )
            if stage != "draft":
                raise UserError(f"{sentence} Give the new content a name of its own (`mujun policy new`).")
            return Trial(
                sentence, f"试算：所用办法版本“{edition}”与同名的正式版本内容不同，结果仅供试算，不得作为依据"
            )
    return None


def _under_the_name(home: Home, edition: str, year: int, stage: str) -> Iterator[tuple[str, Policy, int]]:
    """Who else speaks of `edition`, what it says, and for which year. A release that is no longer what was
    released stops a publication; it says nothing about a draft."""
    for other in years(home):
        for release in releases(home, other):
            try:
                if release.stage != "draft" and release.trusted_manifest()["edition"] == edition:
                    yield release.name, method_of(release), other
            except UserError:
                if stage != "draft":
                    raise
    shipped = load_policy(SHIPPED)
    if edition in shipped.tables["editions"][EDITION].to_pylist():
        yield "the method that came with mujun", shipped, year


def method_of(release: Release) -> Policy:
    """The method that a release carries, from files that are as they were released."""
    for output in release.trusted_manifest()["outputs"]:
        if output["name"].startswith("policy/"):
            release.check(output["name"])
    return read_policy(release.path / "policy")
