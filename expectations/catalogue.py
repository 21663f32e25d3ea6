"""The catalogue of rules (`catalogue/<family>.yaml`) as objects.

Belongs here: what a rule is and reading it. Does not: judging (`judge`), the comparisons (`comparisons`),
bringing together what no model has in one row (`dbt_project/models/checks`), and the tolerances, which are
policy data (`data/policy/tolerances.csv`).
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

FOLDER = Path(__file__).parent / "catalogue"
INVARIANTS = "invariants"
WAIVERS = "waivers"

Severity = Literal["error", "warning"]
# Columns that a frame has where its model does: they say whom and where a finding concerns, in which unit.
ADDRESSING = ("uscc", "county_code", "department", "feed", "unit", "source")
# What the rows behind a figure have in common (`dbt_project/models/checks/int_sources__subjects.sql`).
Level = Literal["row", "roster_row", "unit", "enterprise", "parcel", "county"]


@dataclass(frozen=True)
class Expectation:
    """One comparison: an expectation's type and arguments. An argument `$name` is a tolerance of the rule."""

    type: str
    kwargs: Mapping[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the frame that are compared, and those that say in which rows."""
        compared = [self.kwargs[name] for name in ("column", "column_A", "column_B") if name in self.kwargs]
        return (*compared, *re.findall(r"\b(\w+) *==", self.kwargs.get("row_condition", "")))


@dataclass(frozen=True)
class Figure:
    """A column whose value a finding shows: its Chinese label, its unit, and what it came from.

    `source` names the feeds that it is made of, each with the column delivered, or with None where a row
    gives it as a whole. Which of their rows is for `level` and `key`: those of the unit, say, whose code and
    county the columns `key` of the frame hold. A figure has the level and key of its rule unless it says its
    own.
    """

    column: str
    label: str
    unit: str | None = None
    source: Mapping[str, str | None] = field(default_factory=dict)
    level: Level = "row"
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule: what must hold, whom it concerns, how it is judged, and who mends a breach how.

    Its frame is what is judged: the rows of the model `of` for which `where`, a condition in SQL, holds.
    `key` names the columns of the frame that identify a finding; `zh` and `en` say what holds. A rule applies
    where each of `needs` is due at the stage or delivered, each of `needs_delivered` is delivered, and, with
    `needs_previous_year`, the year before was released. `message` is filled from the row's columns and the
    `difference` of its figures, where these are compared.
    """

    id: str
    family: str
    severity: Severity
    departments: tuple[str, ...]
    key: tuple[str, ...]
    zh: str
    en: str
    expect: tuple[Expectation, ...]
    message: str
    mend_by: tuple[str, ...]
    mend: str
    of: str | None = None  # None of a rule about waivers: these are held against the findings
    where: str | None = None
    figures: tuple[Figure, ...] = ()
    clause: str | None = None
    needs: tuple[str, ...] = ()
    needs_delivered: tuple[str, ...] = ()
    needs_previous_year: bool = False

    @property
    def waivable(self) -> bool:
        """Whether a finding can be accepted; not of an invariant, whose breach is a fault of the program."""
        return self.family != INVARIANTS

    @property
    def compares(self) -> bool:
        """Whether its two figures are held against each other, so that their difference tells something."""
        shown = {figure.column for figure in self.figures}
        return len(shown) > 1 and any(shown <= {*expectation.columns} for expectation in self.expect)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the frame must have, each once."""
        compared = [column for expectation in self.expect for column in expectation.columns]
        shown = [name for figure in self.figures for name in (figure.column, *figure.key)]
        told = [
            name for _, name, _, _ in string.Formatter().parse(self.message) if name and name != "difference"
        ]
        return tuple(dict.fromkeys([*self.key, *compared, *shown, *told]))


def _figure(spec: dict[str, Any], level: Level, key: list[str]) -> Figure:
    spec = {"level": level, "key": key, **spec}
    return Figure(source=spec.pop("from", {}), key=tuple(spec.pop("key")), **spec)


def _rule(rule_id: str, family: str, spec: dict[str, Any]) -> Rule:
    spec = dict(spec)
    key, level = spec.pop("key"), spec.pop("level", "row")
    return Rule(
        id=rule_id,
        family=family,
        departments=tuple(spec.pop("departments")),
        key=tuple(key),
        expect=tuple(
            Expectation(type=type_, kwargs=kwargs)
            for comparison in spec.pop("expect")
            for type_, kwargs in comparison.items()
        ),
        figures=tuple(_figure(figure, level, key) for figure in spec.pop("figures", [])),
        mend_by=tuple(spec.pop("mend_by")),
        needs=tuple(spec.pop("needs", [])),
        needs_delivered=tuple(spec.pop("needs_delivered", [])),
        **spec,
    )


@cache
def load_catalogue(folder: Path = FOLDER) -> Mapping[str, Rule]:
    """Every rule by its id, in order of their ids. A key that a rule does not know is a TypeError."""
    rules = [
        _rule(rule_id, path.stem, spec)
        for path in folder.glob("*.yaml")
        for rule_id, spec in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    ]
    return {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}
