"""What is changed of a released year, and what that does: plain data between computing it and showing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestration.release.diff import Changes
from orchestration.rows import Row


@dataclass(frozen=True)
class ChangedFigure:
    """What takes the place of a figure of a unit, after merging: one of `land_area_mu, value_added, tax,
    average_headcount, energy, revenue, rd_expenditure, bonus, deduction` of `enterprise_result`, in its unit;
    None for none (rulebook 13.2)."""

    uscc: str
    county_code: str
    figure: str
    value: float | None


@dataclass(frozen=True)
class Effect:
    """What a simulation changes of a release: `counts` by kind (county, park, industry, size) and code,
    `matrix` of classes, `moved` units that have another class, `standards` of both sides, `sizes` by their
    names, and `changes`, every row compared."""

    counts: Sequence[Row]
    matrix: Sequence[Row]
    moved: Sequence[Row]
    standards: Sequence[Row]
    sizes: Mapping[str, str]
    changes: Changes


@dataclass(frozen=True)
class Answer:
    """The unit `before` and `after`, as rows of enterprise_result; its `items`, both sides in one row; and
    the `others` whose class, rank or total it moves, those of another class first."""

    before: Row
    after: Row
    items: Mapping[str, Row]
    others: Sequence[Row]
