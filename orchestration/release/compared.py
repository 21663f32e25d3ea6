"""The earlier releases that a year is compared with: rulebook 8.2, 9 and 10.1."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.policy import Policy
from orchestration.release.register import Release, newest, standing, years
from orchestration.settings import Home


@dataclass(frozen=True)
class Compared:
    """`previous`: the release of the year before that stands. `base`: the one of the earliest released year
    that growth is reckoned from. `notice`: the newest notice of the year itself. None where there is none.
    """

    previous: Release | None
    base: Release | None
    notice: Release | None

    @classmethod
    def of(cls, home: Home, year: int, policy: Policy) -> Compared:
        """What a release of `year` made now by `policy` is compared with."""
        since = int(policy.parameter(year, "growth_base_year"))
        earlier = (standing(home, former) for former in years(home) if since <= former < year)
        return cls(
            previous=standing(home, year - 1),
            base=next((release for release in earlier if release), None),
            notice=newest(home, year, "notice"),
        )

    def names(self) -> dict[str, str | None]:
        """How the manifest of a release names them."""
        parts = {"previous": self.previous, "base": self.base, "notice": self.notice}
        return {f"{part}_release": release.name if release else None for part, release in parts.items()}
