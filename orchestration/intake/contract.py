"""The feed contract (`data/feeds`) as objects: what each department drops, column by column.

Belongs here: the contract itself and the feed a file name belongs to. Does not: finding columns in a sheet
(`header`), reading cells (`values`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

STAGES = ("draft", "notice", "final")
ROW_RULES = ("positive", "sum_is_100")
SUFFIXES = (".csv", ".xlsx", ".xls")


def normalise_label(text: str) -> str:
    """A header label as it is compared: NFKC, no white space, case ignored."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@dataclass(frozen=True)
class Column:
    """One column of a feed. `type` is text, code, integer, number, date, boolean or choice.

    `hint` (Chinese) and `example` are for the template; `row_rule` is what a rule over the row demands of the
    column, in Chinese.
    """

    name: str
    label: str
    type: str
    unit: str | None = None
    nullable: bool = False
    blank_is: str | None = None
    signed: bool = False
    maximum: int | None = None
    reference: str | None = None
    check: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    may_be_absent: bool = False
    note: str | None = None
    hint: str | None = None
    example: str | None = None
    row_rule: str | None = None

    @property
    def required(self) -> bool:
        """Whether a blank cell is a fault."""
        return not self.nullable and self.blank_is is None


@dataclass(frozen=True)
class RowRule:
    """A rule over one row: `positive` columns, or columns whose `sum_is_100`; `where` narrows it."""

    kind: str
    columns: tuple[str, ...]
    where: Mapping[str, str]
    message: str


@dataclass(frozen=True)
class Feed:
    """One feed: its columns in order, its key, and from which stage on it is needed.

    A row in which the column `unfilled_without` is blank has not been filled in: it is left out.
    """

    name: str
    label: str
    department: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    row_rules: tuple[RowRule, ...] = ()
    required_for: str | None = None
    may_be_empty: bool = False
    unfilled_without: str | None = None

    def needed_at(self, stage: str) -> bool:
        """Whether the feed must be there at `stage` (办法 四(一), 意见 四(四))."""
        return self.required_for is not None and STAGES.index(stage) >= STAGES.index(self.required_for)


@dataclass(frozen=True)
class Unit:
    """A unit of measure as departments may write it; units of one dimension measure the same thing."""

    name: str
    dimension: str


@dataclass(frozen=True)
class Contract:
    """All feeds, the Chinese names of the departments that deliver them, and units by their spelling."""

    feeds: Mapping[str, Feed]
    departments: Mapping[str, str]
    units: Mapping[str, Unit]

    @property
    def unit_names(self) -> dict[str, str]:
        """Unit → its first spelling, for a sentence."""
        names: dict[str, str] = {}
        for spelling, unit in self.units.items():
            names.setdefault(unit.name, spelling)
        return names

    def feed_of(self, file_name: str) -> Feed | None:
        """The feed whose English or Chinese name `file_name` starts with; None if there is none."""
        name = normalise_label(file_name)
        candidates = [
            (len(prefix), feed)
            for feed in self.feeds.values()
            for prefix in (normalise_label(feed.name), normalise_label(feed.label))
            if name.startswith(prefix)
        ]
        return max(candidates, key=lambda found: found[0])[1] if candidates else None

    def of(self, department: str) -> Iterable[Feed]:
        """The feeds that `department` delivers."""
        return (feed for feed in self.feeds.values() if feed.department == department)


def _column(name: str, spec: dict[str, Any], row_rule: str | None) -> Column:
    blank_is = spec.get("blank_is")
    return Column(
        name=name,
        label=spec["zh"],
        type=spec["type"],
        unit=spec.get("unit"),
        nullable=spec.get("nullable", False),
        blank_is=None if blank_is is None else str(blank_is),
        signed=spec.get("sign") == "any",
        maximum=spec.get("max"),
        reference=spec.get("in"),
        check=spec.get("check"),
        choices=spec.get("choices", {}),
        may_be_absent=spec.get("may_be_absent", False),
        note=spec.get("note"),
        hint=spec.get("hint"),
        example=spec.get("example"),
        row_rule=row_rule,
    )


def _row_rule(spec: dict[str, Any]) -> RowRule:
    kind = next(name for name in ROW_RULES if name in spec)
    return RowRule(kind=kind, columns=tuple(spec[kind]), where=spec.get("where", {}), message=spec["zh"])


def _feed(name: str, spec: dict[str, Any]) -> Feed:
    rules = tuple(_row_rule(rule) for rule in spec.get("rows", []))
    demands = {column: rule.message for rule in rules for column in rule.columns}
    return Feed(
        name=name,
        label=spec["zh"],
        department=spec["department"],
        grain=spec["grain"],
        key=tuple(spec["key"]),
        columns={
            column: _column(column, value, demands.get(column)) for column, value in spec["columns"].items()
        },
        row_rules=rules,
        required_for=spec.get("required_for"),
        may_be_empty=spec.get("may_be_empty", False),
        unfilled_without=spec.get("unfilled_without"),
    )


def _units(spec: dict[str, dict[str, list[str]]]) -> dict[str, Unit]:
    return {
        normalise_label(spelling): Unit(unit, dimension)
        for dimension, units in spec.items()
        for unit, spellings in units.items()
        for spelling in spellings
    }


@cache
def load_contract(folder: Path) -> Contract:
    """Read `departments.yaml`, `units.yaml` and one `<feed>.yaml` per feed from `folder`."""
    import yaml  # here: the child process that reads workbooks needs the classes above and no YAML

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as fast
    specs = {
        path.stem: yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        for path in sorted(folder.glob("*.yaml"))
    }
    departments, units = specs.pop("departments"), specs.pop("units")
    return Contract(
        feeds={name: _feed(name, spec) for name, spec in specs.items()},
        departments=departments,
        units=_units(units),
    )
