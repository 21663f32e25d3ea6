"""The feed contract (`data/feeds`) as objects: what each department drops, column by column, by year.

Belongs here: the contract itself, its form in one year, and the feed a file name belongs to. Does not:
reading its files (`contract_files`), finding columns in a sheet (`header`), reading cells (`values`).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from orchestration.wordings import SHIPPED

STAGE_NAMES = SHIPPED["stage"]


class Stage(StrEnum):
    """How far a year is: 测算, 公示, 公布; the lowest first."""

    draft = "draft"
    notice = "notice"
    final = "final"


STAGES = tuple(Stage)
ROW_RULES = ("positive", "sum_is_100", "filled_only", "filled_exactly", "in_order")
SUFFIXES = (".csv", ".xlsx", ".xls")


def normalise_label(text: str) -> str:
    """A header label as it is compared: NFKC, no white space, case ignored."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@dataclass(frozen=True)
class Years:
    """From `first` to `last`, both included; None where that end is open."""

    first: int | None = None
    last: int | None = None

    def __contains__(self, year: int) -> bool:
        return (self.first is None or self.first <= year) and (self.last is None or year <= self.last)


ALWAYS = Years()
NEVER = Years(1, 0)


@dataclass(frozen=True)
class Column:
    """One column of a feed. `type` is text, code, integer, number, date, boolean or choice.

    `label` is what the year calls it, and what templates and receipts write; `also` are other labels under
    which it is found in that year. Both are chosen from `labels`, every label with its years. `measure` is
    what the figure contributes to, which is the mean over the columns that say so where `averaged`. `hint`
    (Chinese) and `example` are for the template; `row_rules` is what a rule over the row, by its kind,
    demands of the column, in Chinese.
    """

    name: str
    label: str
    type: str
    also: tuple[str, ...] = ()
    labels: tuple[tuple[str, Years], ...] = ()
    years: Years = ALWAYS
    unit: str | None = None
    measure: str | None = None
    averaged: bool = False
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
    row_rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def required(self) -> bool:
        """Whether a blank cell is a fault."""
        return not self.nullable and self.blank_is is None

    def for_year(self, year: int) -> Column:
        """The column as `year` calls it: by the newest label that is bound to years, else by the first."""
        valid = [(label, years) for label, years in self.labels if year in years]
        label = max(valid, key=lambda found: (found[1] != ALWAYS, found[1].first or 0))[0]
        return replace(self, label=label, also=tuple(other for other, _ in valid if other != label))


@dataclass(frozen=True)
class RowRule:
    """A rule over one row; `where` (column → choices) says in which rows it holds.

    `positive`: above zero there. `sum_is_100`: they add up to it. `filled_only`: blank elsewhere.
    `filled_exactly`: filled in there, blank elsewhere. `in_order`: the first of two is not above the second.
    """

    kind: str
    columns: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    message: str

    @property
    def told_at(self) -> tuple[str, ...]:
        """The columns in whose cells a breach is told."""
        if self.kind == "sum_is_100":
            return self.columns[:1]
        return self.columns[1:] if self.kind == "in_order" else self.columns


@dataclass(frozen=True)
class Feed:
    """One feed: its columns in order, its key, and from which stage on it is needed.

    `columns` are those that it has in the year; a column of `every_column` beyond them lands without values.
    A row in which the column `unfilled_without` is blank has not been filled in: it is left out. `known`: an
    older contract may not know the feed, so that no file is one of it.
    """

    name: str
    label: str
    department: str
    grain: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    every_column: Mapping[str, Column]
    row_rules: tuple[RowRule, ...] = ()
    required_for: str | None = None
    may_be_empty: bool = False
    unfilled_without: str | None = None
    known: bool = True

    def needed_at(self, stage: str) -> bool:
        """Whether the feed must be there at `stage` (办法 四(一), 意见 四(四))."""
        return self.required_for is not None and STAGES.index(stage) >= STAGES.index(self.required_for)

    def for_year(self, year: int) -> Feed:
        """The feed with the columns that it has in `year`, as that year calls them."""
        columns = {n: c.for_year(year) for n, c in self.every_column.items() if year in c.years}
        return replace(self, columns=columns)


@dataclass(frozen=True)
class UnitOfMeasure:
    """A unit of measure as departments may write it; units of one dimension measure the same thing."""

    name: str
    dimension: str


@dataclass(frozen=True)
class Contract:
    """All feeds, the Chinese names of the departments that deliver them, and units by their spelling."""

    feeds: Mapping[str, Feed]
    departments: Mapping[str, str]
    units_of_measure: Mapping[str, UnitOfMeasure]

    def for_year(self, year: int) -> Contract:
        """The contract as it is in `year`. Whatever reads or writes files of a year goes by this one."""
        return replace(self, feeds={name: feed.for_year(year) for name, feed in self.feeds.items()})

    def read_by(self, then: Contract) -> Contract:
        """The tables of this contract, from files that are read by the one of `then`. What `then` does not
        know lands empty, and is not asked for; if it does not say what columns contribute to, this one
        does."""
        feeds = {}
        measured = any(c.measure for feed in then.feeds.values() for c in feed.every_column.values())
        for name, feed in self.feeds.items():
            was = then.feeds.get(name)
            if was is None:
                feeds[name] = replace(feed, required_for=None, known=False)
            else:
                since = {n: replace(c, years=NEVER) for n, c in feed.every_column.items()}
                known = was.every_column if measured else _measured(was.every_column, feed.every_column)
                feeds[name] = replace(was, every_column={**since, **known})
        return replace(then, feeds=feeds)

    def fingerprint(self, year: int) -> str:
        """A hash of what the contract says of `year`; advice and other years' labels left out."""
        said = (
            [replace(feed, every_column={}, columns={}) for feed in self.for_year(year).feeds.values()],
            [
                replace(column, labels=(), note=None, hint=None, example=None)
                for feed in self.for_year(year).feeds.values()
                for column in feed.columns.values()
            ],
        )
        return hashlib.sha256(repr((said, self.departments, self.units_of_measure)).encode()).hexdigest()

    @property
    def unit_names(self) -> dict[str, str]:
        """Unit → its first spelling, for a sentence."""
        names: dict[str, str] = {}
        for spelling, unit in self.units_of_measure.items():
            names.setdefault(unit.name, spelling)
        return names

    def dimension(self, unit: str) -> str:
        """What a unit measures."""
        return next(known.dimension for known in self.units_of_measure.values() if known.name == unit)

    def feed_of(self, file_name: str) -> Feed | None:
        """The feed whose English or Chinese name `file_name` starts with; None if there is none."""
        name = normalise_label(file_name)
        candidates = [
            (len(prefix), feed)
            for feed in self.feeds.values()
            if feed.known
            for prefix in (normalise_label(feed.name), normalise_label(feed.label))
            if name.startswith(prefix)
        ]
        return max(candidates, key=lambda found: found[0])[1] if candidates else None

    def of(self, department: str) -> Iterable[Feed]:
        """The feeds that `department` delivers."""
        return (feed for feed in self.feeds.values() if feed.known and feed.department == department)


def _measured(columns: Mapping[str, Column], by: Mapping[str, Column]) -> dict[str, Column]:
    """`columns` with the measures that `by` has for those of the same name."""
    return {
        name: replace(column, measure=by[name].measure, averaged=by[name].averaged) if name in by else column
        for name, column in columns.items()
    }


@cache
def load_contract(folder: Path) -> Contract:
    """The contract in `folder`, for no year in particular (see `Contract.for_year`); raises UserError."""
    # here: the child process that reads workbooks needs the classes above and nothing that reads files
    from orchestration.intake.contract_files import read_contract

    return read_contract(folder)
