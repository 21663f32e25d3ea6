"""When each feed is due, and how late it came.

Belongs here: the calendar of a year (`calendar.csv` of the method's folder), the days between it and the
first accepted file, and the Chinese phrase for them. Does not: whether a feed is needed at a stage
(`contract`), who shows it (`status`, `templates`, `receipts`, Dagster's check).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestration.errors import UserError
from orchestration.intake.contract import STAGE_NAMES, STAGES, Contract
from orchestration.policy import Policy


@dataclass(frozen=True)
class DueDay:
    """The last day on which a feed is in time for a stage."""

    stage: str
    on: dt.date
    note: str | None = None

    def __str__(self) -> str:
        return f"{STAGE_NAMES[self.stage]} {self.on:%Y-%m-%d}"


DueDays = Mapping[str, Sequence[DueDay]]  # feed → its due days, that of the earliest stage first


@dataclass(frozen=True)
class Timeliness:
    """A feed held against one due day. `accepted_on`: when its first file came that was accepted; while there
    is none, `as_of` counts."""

    due: DueDay
    accepted_on: dt.date | None
    as_of: dt.date

    @property
    def days_late(self) -> int:
        """Calendar days from the due day to the first accepted file, or to `as_of`; zero if in time."""
        return max(self._days, 0)

    @property
    def _days(self) -> int:
        return ((self.accepted_on or self.as_of) - self.due.on).days

    def __str__(self) -> str:
        """The due day, and how late, or how much time is left (Chinese)."""
        if self.accepted_on:
            return f"{self.due} {f'晚{self._days}天' if self.days_late else '按期'}"
        if self.days_late:
            return f"{self.due} 逾期{self._days}天"
        return f"{self.due} {f'还有{-self._days}天' if self._days else '当天到期'}"


def check_calendar(policy: Policy, contract: Contract) -> None:
    """UserError where the calendar of any year names a feed that is none."""
    for row in policy.rows("calendar"):
        if row["feed"] not in contract.feeds:
            raise UserError(
                f"calendar.csv of the method: {row['year']}, {row['stage']}: there is no feed "
                f"“{row['feed']}”. The feeds are {', '.join(contract.feeds)}."
            )


def due_days(policy: Policy, contract: Contract, year: int) -> DueDays:
    """The due days of every feed of `year` that the calendar names; a feed that it does not name has none.
    UserError as `check_calendar`."""
    check_calendar(policy, contract)
    found: dict[str, list[DueDay]] = {}
    for row in policy.rows("calendar"):
        if row["year"] == year:
            found.setdefault(row["feed"], []).append(DueDay(row["stage"], row["due_on"], row["note"]))
    return {feed: sorted(days, key=lambda due: STAGES.index(due.stage)) for feed, days in found.items()}


def timeliness(days: Sequence[DueDay], accepted: dt.datetime | None, as_of: dt.date) -> list[Timeliness]:
    """A feed held against its due days; `accepted` is when its first accepted file came, None if none did."""
    accepted_on = day_of(accepted) if accepted else None
    return [Timeliness(due, accepted_on, as_of) for due in days]


def day_of(instant: dt.datetime) -> dt.date:
    """The day of the office's clock on which something came, as receipts print it."""
    return instant.astimezone().date()
