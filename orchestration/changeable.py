"""Which figures of a unit a what-if may change, and to what: as contract and method say (rulebook 13.2).

Belongs here: that list, for the command and for the page. Does not: reading changes (`changed_figures`), what
they do (`dbt_project/macros/changes.sql`).
"""

from __future__ import annotations

from orchestration.intake.contract import Contract
from orchestration.policy import LAND, Policy

_CAPS = {"bonus": "bonus_cap", "deduction": "deduction_cap_enterprise"}
_OF_NO_ENTERPRISE = {"confirmed_m2", "emissions"}  # measures that its result does not show


def changeable(contract: Contract) -> list[str]:
    """The figures, as columns of `enterprise_result`."""
    columns = (column for feed in contract.feeds.values() for column in feed.every_column.values())
    measures = dict.fromkeys(column.measure for column in columns if column.measure)
    return [LAND, *(name for name in measures if name not in _OF_NO_ENTERPRISE), *_CAPS]


def signed(contract: Contract) -> frozenset[str]:
    """Those of them that may be negative."""
    columns = (column for feed in contract.feeds.values() for column in feed.every_column.values())
    return frozenset(column.measure for column in columns if column.measure and column.signed)


def caps_of(policy: Policy, year: int) -> dict[str, float]:
    """Up to what bonus and deduction may be."""
    return {name: float(policy.parameter(year, cap)) for name, cap in _CAPS.items()}
