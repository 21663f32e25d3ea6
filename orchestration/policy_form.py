"""The form of the method's tables: what `data/policy/schema.yaml` demands of them, and reading them by it.

Belongs here: tables, columns, cells, and whether rows fit together. Does not: which edition is in force
(`policy`), what the numbers mean, which is for the models.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.errors import UserError
from orchestration.settings import PROJECT

EDITION = "edition"
SHIPPED = PROJECT / "data" / "policy"
_SCHEMA = "schema.yaml"
_BEFORE_VERSIONS = "0.1.0"  # wrote no version into its schema.yaml
_BEGINS_WITHOUT_VERSION = "# The tables of the method and the types of their columns."

_PARSERS: Mapping[str, tuple[re.Pattern[str], Callable[[str], Any], str]] = {
    "text": (re.compile(r".+"), str, "a text"),
    "integer": (re.compile(r"-?[0-9]{1,15}"), int, "a whole number"),
    "number": (re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?"), float, "a number such as 12.5"),
    "date": (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), date.fromisoformat, "a day such as 2023-09-29"),
    "boolean": (re.compile(r"true|false"), lambda text: text == "true", "true or false"),
}


@dataclass(frozen=True)
class Column:
    """What a cell may hold. Text as it stands in the file becomes a value by `read`."""

    type: str = "text"
    nullable: bool = False
    content: bool = True
    pattern: str | None = None
    choices: Sequence[str] = ()
    references: str | None = None
    least: float = -math.inf
    most: float = math.inf
    since: str = _BEFORE_VERSIONS
    default: str = ""

    @classmethod
    def of(cls, described: str | Mapping[str, Any]) -> Column:
        return cls(type=described) if isinstance(described, str) else cls(**described)

    def read(self, text: str) -> Any:
        """The value of a cell; ValueError, with what it must be, where it can be none."""
        if not text:
            if self.nullable:
                return None
            raise ValueError("must not be blank")
        if any(unicodedata.category(character).startswith("C") for character in text):
            raise ValueError("holds a character that cannot be seen")
        shape, parse, wanted = _PARSERS[self.type]
        if self.choices and text not in self.choices:
            raise ValueError(f"is “{text}”, and must be one of {', '.join(self.choices)}")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise ValueError(f"is “{text}”, which is no such code ({self.pattern})")
        try:
            if not shape.fullmatch(text):
                raise ValueError
            value = parse(text)
        except ValueError:
            raise ValueError(f"is “{text}”, and must be {wanted}") from None
        if self.type in ("integer", "number") and not self.least <= value <= self.most:
            limits = [f"at least {self.least:g}"] * (self.least > -math.inf)
            limits += [f"at most {self.most:g}"] * (self.most < math.inf)
            raise ValueError(f"is {text}, and must be {' and '.join(limits)}")
        return value


@dataclass(frozen=True)
class Needed:
    """A row that every edition must have: the cells that tell it, and what its other cells may hold."""

    told_by: Mapping[str, str]
    forms: Mapping[str, Column]
    since: str
    default: Mapping[str, str] | None

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Needed:
        cells = {name: cell for name, cell in described.items() if name not in ("since", "default")}
        return cls(
            told_by={name: cell for name, cell in cells.items() if isinstance(cell, str)},
            forms={name: Column.of(cell) for name, cell in cells.items() if not isinstance(cell, str)},
            since=described.get("since", _BEFORE_VERSIONS),
            default=described.get("default"),
        )

    def means(self, cells: Mapping[str, Any]) -> bool:
        return all(cells.get(name) == text for name, text in self.told_by.items())


@dataclass(frozen=True)
class Table:
    """One table of the method."""

    name: str
    key: Sequence[str]
    columns: Mapping[str, Column]
    needed: Sequence[Needed] = ()
    others: bool = True
    sums: Mapping[str, Any] | None = None
    period: Sequence[str] | None = None
    of_every_edition: bool = False
    of_the_method: bool = True
    since: str = _BEFORE_VERSIONS

    @property
    def by_edition(self) -> bool:
        return EDITION in self.columns

    def needed_row(self, cells: Mapping[str, Any]) -> Needed | None:
        """What is demanded of a row that must be there; None if it need not be."""
        return next((needed for needed in self.needed if needed.means(cells)), None)


@dataclass(frozen=True)
class Schema:
    """All that `schema.yaml` demands, and for which version of the product."""

    version: str
    tables: Mapping[str, Table]

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Schema:
        tables = {
            name: Table(
                name,
                **(
                    table
                    | {"columns": {column: Column.of(form) for column, form in table["columns"].items()}}
                    | {"needed": [Needed.of(row) for row in table.get("needed", ())]}
                ),
            )
            for name, table in described["tables"].items()
        }
        return cls(described["version"], tables)


@cache
def schema() -> Schema:
    """What this version of the product needs."""
    return Schema.of(yaml.safe_load((SHIPPED / _SCHEMA).read_text(encoding="utf-8")))


def came_after(since: str, version: str) -> bool:
    """Whether what came `since` a version was unknown to `version`."""
    return _numbers(since) > _numbers(version)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


@dataclass(frozen=True)
class Row:
    """A row: where it begins in its file, and its values. Line 0: taken by default."""

    line: int
    cells: dict[str, Any]


@dataclass
class Reading:
    """The tables of a folder as read, for which version they were written, and every fault in them."""

    folder: Path
    version: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def fault(self, table: str, line: int, column: str | None, what: str) -> None:
        where = f"{self.folder / table}.csv" + f", line {line}" * (line > 0)
        self.faults.append(f"{where}{f', column {column}' if column else ''}: {what}.")


def read_tables(folder: Path, wanted: Schema) -> Reading:
    """Read what `wanted` names from `folder`; faults of cells, rows and tables are in the reading. UserError
    where there is no method at all."""
    reading = Reading(folder, _version(folder, wanted))
    for table in wanted.tables.values():
        reading.rows[table.name] = list(_read_table(reading, table))
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in wanted.tables:
            known = ", ".join(wanted.tables)
            reading.faults.append(f"{path}: the method has no such table. Its tables are {known}.")
    if not reading.faults:
        for table in wanted.tables.values():
            reading.rows[table.name] += _defaults(reading, table)
    return reading


def _version(folder: Path, wanted: Schema) -> str:
    """For which version the folder was written."""
    path = folder / _SCHEMA
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"There is no method in {folder}: {_SCHEMA} is missing.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        text = ""
    told = re.search(r"^version: ([0-9]+(?:\.[0-9]+)*)$", text, re.MULTILINE)
    if not told and not text.startswith(_BEGINS_WITHOUT_VERSION):
        raise UserError(f"{path} is damaged: it does not tell its version. Put back the one that it was.")
    version = told.group(1) if told else _BEFORE_VERSIONS
    if came_after(version, wanted.version):
        raise UserError(
            f"{folder} was written for mujun {version}; this one knows the tables of {wanted.version}."
        )
    return version


def _read_table(reading: Reading, table: Table) -> Iterator[Row]:
    path = reading.folder / f"{table.name}.csv"
    if not path.exists() and came_after(table.since, reading.version):
        return
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        reading.faults.append(f"{path} is missing: the method needs this table.")
        return
    except OSError as error:
        reading.faults.append(f"{path} cannot be read: {error.strerror}.")
        return
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        reading.fault(table.name, line, None, "the text is not UTF-8; save the file as “CSV UTF-8”")
        return
    lines = _lines(reading, table, text)
    first, names = next(lines, (1, []))
    filled_in = {name for name in table.columns if came_after(table.columns[name].since, reading.version)}
    missing = [name for name in table.columns if name not in (*names, *filled_in)]
    unknown = [name for name in names if name not in table.columns]
    for name in missing:
        reading.fault(table.name, first, name, "the column is missing")
    for name in unknown:
        reading.fault(table.name, first, name or "without a name", "there is no such column in this table")
    for name in sorted({name for name in names if names.count(name) > 1}):
        reading.fault(table.name, first, name, "the column is there twice")
    if missing or unknown or len(set(names)) < len(names):
        return
    for line, texts in lines:
        if len(texts) != len(names):
            reading.fault(
                table.name, line, None, f"{len(texts)} cells, where the table has {len(names)} columns"
            )
            continue
        cells = {name: text.strip() for name, text in zip(names, texts, strict=True)}
        needed = table.needed_row(cells)
        for name in filled_in - cells.keys():
            cells[name] = ((needed and needed.default) or {}).get(name, table.columns[name].default)
        yield Row(line, _values(reading, table, line, cells))


def _lines(reading: Reading, table: Table, text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a table that are not blank, each with the number of its first."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            texts = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reading.fault(table.name, line, None, f"the line cannot be read ({error})")
            return
        if texts:
            yield line, texts


def _values(reading: Reading, table: Table, line: int, cells: Mapping[str, str]) -> dict[str, Any]:
    needed = table.needed_row(cells)
    forms = {**table.columns, **(needed.forms if needed else {})}
    values: dict[str, Any] = {}
    for name, column in table.columns.items():
        try:
            forms[name].read(cells[name])
            values[name] = column.read(cells[name])
        except ValueError as error:
            reading.fault(table.name, line, name, str(error))
            values[name] = None
    return values


def _defaults(reading: Reading, table: Table) -> Iterator[Row]:
    """The rows that a later version brought, as it takes them for a folder that was written before."""
    editions: list[dict[str, str]] = [{}]
    if table.by_edition:
        editions = [{EDITION: row.cells[EDITION]} for row in reading.rows["editions"]]
    for needed, edition in itertools.product(table.needed, editions):
        told = {**needed.told_by, **edition}
        there = any(told.items() <= row.cells.items() for row in reading.rows[table.name])
        if needed.default and came_after(needed.since, reading.version) and not there:
            cells = dict.fromkeys(table.columns, "") | dict(needed.default) | told
            yield Row(0, _values(reading, table, 0, cells))


def check_tables(reading: Reading, wanted: Schema) -> None:
    """Add the faults of rows that do not fit together."""
    for table in wanted.tables.values():
        rows = reading.rows[table.name]
        _check_key(reading, table, rows)
        _check_references(reading, table, rows)
        _check_period(reading, table, rows)
    if reading.faults:
        return
    _check_editions(reading, reading.rows["editions"])
    for table in wanted.tables.values():
        _check_needed(reading, table)
        _check_sums(reading, table)


def _told(cells: Mapping[str, Any], names: Iterable[str]) -> str:
    return ", ".join(f"{name} {cells[name]}" for name in names)


def _check_key(reading: Reading, table: Table, rows: Sequence[Row]) -> None:
    first: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row.cells[name] for name in table.key)
        if key in first:
            told = _told(row.cells, table.key)
            reading.fault(
                table.name, row.line, table.key[-1], f"{told} stands in line {first[key].line} already"
            )
        first.setdefault(key, row)


def _check_references(reading: Reading, table: Table, rows: Sequence[Row]) -> None:
    for name, column in table.columns.items():
        if not column.references:
            continue
        other, _, target = column.references.partition(".")
        # Within an edition both rows are of it.
        shared = [EDITION] * (table.by_edition and other != "editions" and name != EDITION)
        known = {tuple(row.cells[each] for each in (*shared, target)) for row in reading.rows[other]}
        for row in rows:
            value = row.cells[name]
            if value is not None and (*(row.cells[each] for each in shared), value) not in known:
                reading.fault(table.name, row.line, name, f"“{value}” is not in {other}.csv")


def _check_period(reading: Reading, table: Table, rows: Sequence[Row]) -> None:
    if not table.period:
        return
    since, until = table.period
    for row in rows:
        first, last = row.cells[since], row.cells[until]
        if first is not None and last is not None and last < first:
            reading.fault(table.name, row.line, until, f"{last} is before {since} {first}")


def _check_editions(reading: Reading, rows: Sequence[Row]) -> None:
    if not rows:
        reading.fault("editions", 1, None, "there is no edition")
    ordered = sorted(rows, key=lambda row: row.cells["first_year"])
    for before, after in itertools.pairwise(ordered):
        former, first = before.cells, after.cells["first_year"]
        if former["first_year"] == first:
            names = f"“{former[EDITION]}” (line {before.line}) and “{after.cells[EDITION]}”"
            reading.fault("editions", after.line, "first_year", f"{names} both begin in {first}")
        elif former["last_year"] is not None and former["last_year"] >= first:
            reading.fault(
                "editions",
                before.line,
                "last_year",
                f"“{former[EDITION]}” lasts to {former['last_year']}, "
                f"but “{after.cells[EDITION]}” begins in {first}",
            )


def _check_needed(reading: Reading, table: Table) -> None:
    """Each edition has the rows that are needed, and says all that those before it said: what it left out
    would count as nothing."""
    rows = reading.rows[table.name]
    editions: list[str | None] = [None]
    if table.by_edition and table.name != "editions":
        dated = sorted(reading.rows["editions"], key=lambda row: row.cells["first_year"])
        editions = [row.cells[EDITION] for row in dated]
    names = [name for name in table.key if name != EDITION]
    said: dict[tuple[Any, ...], None] = {}
    for edition in editions:
        own = [row for row in rows if edition is None or row.cells[EDITION] == edition]
        of = f"the edition “{edition}”" if edition else "the table"
        for needed in table.needed:
            if came_after(needed.since, reading.version):
                continue
            if not any(needed.means(row.cells) for row in own):
                reading.fault(table.name, 0, None, f"{of} lacks {_told(needed.told_by, needed.told_by)}")
        keys = [tuple(row.cells[name] for name in names) for row in own]
        for key in said:
            cells = dict(zip(names, key, strict=True))
            if key not in keys and table.needed_row(cells) is None:
                told = _told(cells, names)
                reading.fault(table.name, 0, None, f"{of} lacks {told}, which one before it has")
        if not table.others:
            for row in own:
                if table.needed_row(row.cells) is None:
                    reading.fault(
                        table.name, row.line, names[-1], f"mujun knows no {_told(row.cells, names)}"
                    )
        said |= dict.fromkeys(keys)


def _check_sums(reading: Reading, table: Table) -> None:
    if not table.sums:
        return
    column, total, per = table.sums["column"], table.sums["total"], [EDITION, *table.sums["per"]]
    groups: dict[tuple[Any, ...], list[Row]] = {
        (edition.cells[EDITION], *group): []
        for edition in reading.rows["editions"]
        for group in itertools.product(
            *(_possible(reading, table, name, edition.cells[EDITION]) for name in per[1:])
        )
    }
    for row in reading.rows[table.name]:
        groups[tuple(row.cells[name] for name in per)].append(row)
    for group, rows in groups.items():
        found = sum((Decimal(str(row.cells[column])) for row in rows), Decimal(0))
        if found != total:
            told = _told(dict(zip(per, group, strict=True)), per)
            lines = f" (lines {', '.join(str(row.line) for row in rows)})" if rows else ""
            reading.fault(
                table.name,
                rows[0].line if rows else 0,
                column,
                f"{told}: the sum is {found.normalize():f}, not {total}{lines}",
            )


def _possible(reading: Reading, table: Table, name: str, edition: str) -> Sequence[str]:
    """The values that a column can have in an edition."""
    column = table.columns[name]
    if not column.references:
        return column.choices
    other, _, target = column.references.partition(".")
    return [row.cells[target] for row in reading.rows[other] if row.cells[EDITION] == edition]
