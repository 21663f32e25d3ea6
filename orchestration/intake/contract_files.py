"""Reading the feed contract: `departments.yaml`, `units.yaml` and one `<feed>.yaml` per feed.

Belongs here: the form of these files, and a sentence with file, line and column for whatever breaks it. Does
not: what the contract is for (`contract`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from orchestration.errors import UserError
from orchestration.intake.contract import (
    ROW_RULES,
    Column,
    Contract,
    Feed,
    RowRule,
    UnitOfMeasure,
    Years,
    normalise_label,
)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times as fast
_NUMBERS = ("number", "integer")

_NAME = r"^[a-z][a-z0-9_]*$"
_Text = Annotated[str, Field(min_length=1)]
_Year = Annotated[int, Field(ge=1949, le=9999)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _LabelForm(_Form):
    zh: _Text
    first_year: _Year | None = None
    last_year: _Year | None = None


class _ColumnForm(_Form):
    zh: _Text | None = None
    labels: list[_LabelForm] = []
    type: Literal["text", "code", "integer", "number", "date", "boolean", "choice"]
    unit: _Text | None = None
    measure: Annotated[str, Field(pattern=_NAME)] | None = None
    measured_as: Literal["sum", "mean"] = Field("sum", alias="as")
    nullable: bool = False
    blank_is: Any = None
    sign: Literal["nonnegative", "any"] = "nonnegative"
    max: int | None = None
    reference: Literal["counties"] | None = Field(None, alias="in")
    check: Literal["uscc", "industry"] | None = None
    choices: dict[_Text, _Text] = {}
    may_be_absent: bool = False
    note: _Text | None = None
    hint: _Text | None = None
    example: _Text | None = None
    first_year: _Year | None = None
    last_year: _Year | None = None


class _RowRuleForm(_Form):
    zh: _Text
    positive: list[_Text] = []
    sum_is_100: list[_Text] = []
    filled_only: list[_Text] = []
    filled_exactly: list[_Text] = []
    in_order: list[_Text] = []
    where: dict[_Text, _Text | list[_Text]] = {}


class _FeedForm(_Form):
    zh: _Text
    department: _Text
    grain: _Text
    key: Annotated[list[_Text], Field(min_length=1)]
    columns: dict[_Text, _ColumnForm]
    rows: list[_RowRuleForm] = []
    required_for: Literal["draft", "notice", "final"] | None = None
    optional: bool = False
    may_be_empty: bool = False
    unfilled_without: _Text | None = None


_DEPARTMENTS = TypeAdapter(dict[_Text, _Text], config=ConfigDict(strict=True))
_UNITS = TypeAdapter(dict[_Text, dict[_Text, list[_Text]]], config=ConfigDict(strict=True))
_FEED = TypeAdapter(_FeedForm)


@dataclass(frozen=True)
class _File:
    """One file of the contract as parsed, and where each of its parts stands."""

    path: Path
    node: yaml.Node | None
    data: Any

    def fault(self, where: Sequence[str | int], said: str, *, at_key: bool = False) -> UserError:
        """`said` about the part that `where` leads to, or about as much of the way as there is."""
        node, key = self.node, self.node
        for step in where:
            if isinstance(node, yaml.MappingNode):
                found = [(k, v) for k, v in node.value if str(k.value) == str(step)]
                if not found:
                    break
                key, node = found[-1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                key = node = node.value[step]
            else:
                break
        mark = key if at_key else node
        return _fault(self.path, mark.start_mark if mark else None, said)


def _fault(path: Path, mark: Any, said: str) -> UserError:
    at = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return UserError(f"The feed contract is faulty: {path}{at}: {said}")


def read_contract(folder: Path) -> Contract:
    """The contract in `folder`; UserError, with file, line and column, where a file breaks its form."""
    files = {path.stem: _parse(path) for path in sorted(folder.glob("*.yaml"))}
    for name in ("departments", "units"):
        if name not in files:
            raise UserError(f"The feed contract is faulty: there is no {folder / name}.yaml.")
    departments = _checked(files.pop("departments"), _DEPARTMENTS)
    units = _units(files.pop("units"))
    if not files:
        raise UserError(f"The feed contract is faulty: {folder} has no feed.")
    dimension = {unit.name: unit.dimension for unit in units.values()}
    feeds = {name: _feed(name, file, departments, dimension) for name, file in files.items()}
    _tell_apart(files, feeds)
    _check_measures(files, feeds)
    return Contract(feeds=feeds, departments=departments, units_of_measure=units)


def _parse(path: Path) -> _File:
    try:
        loader = _LOADER(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        for twice, first in _repeated_keys(node):
            raise _fault(
                path, twice.start_mark, f"“{twice.value}” stands in line {first.start_mark.line + 1} too."
            )
        return _File(path, node, loader.construct_document(node) if node else None)
    except UnicodeDecodeError as error:
        raise UserError(
            f"The feed contract is faulty: {path} is not UTF-8 (byte {error.start + 1})."
        ) from None
    except yaml.MarkedYAMLError as error:
        raise _fault(path, error.problem_mark, f"this is no YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise _fault(path, None, f"this is no YAML: {error}.") from None


def _repeated_keys(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.ScalarNode]]:
    """Keys that stand in one mapping twice: YAML itself keeps the last and says nothing."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, yaml.ScalarNode] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key, seen[key.value]
                seen[key.value] = key
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value)


def _checked(file: _File, form: TypeAdapter[Any]) -> Any:
    """The content of `file`, if it has the form; UserError about the first thing that has not."""
    try:
        return form.validate_python(file.data)
    except ValidationError as error:
        found = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    where = found["loc"]
    name = where[-1] if where else file.path.stem
    if found["type"] == "extra_forbidden":
        raise file.fault(where, f"“{name}” is none of the keys that may stand here.", at_key=True)
    if found["type"] == "missing":
        raise file.fault(where[:-1], f"“{name}” is missing.", at_key=True)
    said = found["msg"].removeprefix("Input ")
    raise file.fault(where, f"“{name}” {said}, and is {found['input']!r}.")


def _units(file: _File) -> dict[str, UnitOfMeasure]:
    units: dict[str, UnitOfMeasure] = {}
    names: dict[str, str] = {}
    for dimension, spellings in _checked(file, _UNITS).items():
        for unit, written in spellings.items():
            if names.setdefault(unit, dimension) != dimension:
                raise file.fault(
                    [dimension, unit], f"“{unit}” is a unit of {names[unit]} already.", at_key=True
                )
            for place, spelling in enumerate(written):
                known = units.setdefault(normalise_label(spelling), UnitOfMeasure(unit, dimension))
                if known.name != unit:
                    raise file.fault([dimension, unit, place], f"“{spelling}” is {known.name} already.")
    return units


def _feed(name: str, file: _File, departments: Mapping[str, str], units: Mapping[str, str]) -> Feed:
    form: _FeedForm = _checked(file, _FEED)
    if form.department not in departments:
        raise file.fault(["department"], f"there is no department “{form.department}” in departments.yaml.")
    if form.optional and form.required_for:
        raise file.fault(
            ["optional"], f"the feed is required for a {form.required_for}, so it is not optional."
        )
    rules = []
    for place, rule in enumerate(form.rows):
        kinds = [kind for kind in ROW_RULES if getattr(rule, kind)]
        if len(kinds) != 1:
            raise file.fault(["rows", place], f"a rule says exactly one of {', '.join(ROW_RULES)}.")
        where = {n: (held,) if isinstance(held, str) else tuple(held) for n, held in rule.where.items()}
        rules.append(RowRule(kinds[0], tuple(getattr(rule, kinds[0])), where, rule.zh))
    demands: dict[str, dict[str, str]] = {}
    for place, made in enumerate(rules):
        for column in made.told_at:
            if demands.setdefault(column, {}).setdefault(made.kind, made.message) != made.message:
                raise file.fault(["rows", place, made.kind], f"“{column}” has another rule of this kind.")
    columns = {
        column: _column(column, spec, file, units, demands.get(column, {}))
        for column, spec in form.columns.items()
    }
    feed = Feed(
        name=name,
        label=form.zh,
        department=form.department,
        grain=form.grain,
        key=tuple(form.key),
        columns=columns,
        every_column=columns,
        row_rules=tuple(rules),
        required_for=form.required_for,
        may_be_empty=form.may_be_empty,
        unfilled_without=form.unfilled_without,
    )
    _check_references(feed, file)
    _check_labels(feed, file)
    return feed


def _column(
    name: str, form: _ColumnForm, file: _File, units: Mapping[str, str], row_rules: Mapping[str, str]
) -> Column:
    where = ["columns", name]
    labels = [(form.zh, Years())] if form.zh else []
    labels += [(label.zh, Years(label.first_year, label.last_year)) for label in form.labels]
    if not labels:
        raise file.fault(where, "“zh” is missing.", at_key=True)
    for place, (_, years) in enumerate(labels[len(labels) - len(form.labels) :]):
        _check_order(file, [*where, "labels", place], years)
    _check_order(file, where, Years(form.first_year, form.last_year))
    if form.unit is not None and form.unit not in units:
        raise file.fault([*where, "unit"], f"there is no unit “{form.unit}” in units.yaml.")
    for key, given, types in (
        ("unit", form.unit, _NUMBERS),
        ("measure", form.measure, _NUMBERS),
        ("max", form.max, _NUMBERS),
        ("in", form.reference, ("code",)),
        ("check", form.check, ("code",)),
        ("choices", form.choices, ("choice",)),
    ):
        if given and form.type not in types:
            raise file.fault([*where, key], f"a column of type {form.type} has no “{key}”.", at_key=True)
    if form.measure and not form.unit:
        raise file.fault([*where, "measure"], "a figure that is added up has a “unit”.", at_key=True)
    if form.measure and not re.fullmatch(_NAME, name):
        raise file.fault(where, "the name of a measured column is of a-z, 0-9 and _.", at_key=True)
    if form.measured_as == "mean" and not form.measure:
        raise file.fault([*where, "as"], "only a column with a “measure” says as what.", at_key=True)
    if form.type == "choice" and not form.choices:
        raise file.fault(where, "a column of type choice has “choices”.", at_key=True)
    return Column(
        name=name,
        label=labels[0][0],
        type=form.type,
        also=tuple(label for label, _ in labels[1:]),
        labels=tuple(labels),
        years=Years(form.first_year, form.last_year),
        unit=form.unit,
        measure=form.measure,
        averaged=form.measured_as == "mean",
        nullable=form.nullable,
        blank_is=None if form.blank_is is None else str(form.blank_is),
        signed=form.sign == "any",
        maximum=form.max,
        reference=form.reference,
        check=form.check,
        choices=form.choices,
        may_be_absent=form.may_be_absent,
        note=form.note,
        hint=form.hint,
        example=form.example,
        row_rules=row_rules,
    )


def _check_order(file: _File, where: Sequence[str | int], years: Years) -> None:
    if years.first and years.last and years.first > years.last:
        raise file.fault([*where, "last_year"], f"{years.last} is before first_year, {years.first}.")


def _check_references(feed: Feed, file: _File) -> None:
    """Every column that a key or a rule names must be one of the feed, in every year."""
    named: list[tuple[list[str | int], Iterable[str]]] = [
        (["unfilled_without"], [feed.unfilled_without] if feed.unfilled_without else []),
    ]
    named += [(["key", place], [name]) for place, name in enumerate(feed.key)]
    for place, rule in enumerate(feed.row_rules):
        named += [(["rows", place, rule.kind], rule.columns), (["rows", place, "where"], rule.where)]
    for where, names in named:
        for name in names:
            if name not in feed.columns:
                raise file.fault(where, f"the feed has no column “{name}”.")
            if feed.columns[name].years != Years():
                raise file.fault(where, f"“{name}” is not there in every year, so nothing can rest on it.")
    for place, rule in enumerate(feed.row_rules):
        if broken := _broken_rule(rule, [feed.columns[name] for name in rule.columns]):
            raise file.fault(["rows", place, rule.kind], broken)
        for name, held in rule.where.items():
            for value in held:
                if value not in feed.columns[name].choices.values():
                    raise file.fault(["rows", place, "where", name], f"“{value}” is no choice of “{name}”.")
    if all(feed.columns[name].type not in ("code", "text") for name in feed.key):
        raise file.fault(["key"], "one column of the key must be a code or a text.")


def _broken_rule(rule: RowRule, columns: Sequence[Column]) -> str | None:
    """What keeps a rule from being about `columns`; None if nothing does."""
    if rule.kind == "in_order":
        kinds = {"number" if column.type in _NUMBERS else column.type for column in columns}
        ordered = len(columns) == 2 and kinds in ({"number"}, {"date"})
        return None if ordered else "two numbers or two dates are in order."
    if rule.kind in ("filled_only", "filled_exactly"):
        if not rule.where:
            return "“where” is missing: it says in which rows they are filled in."
        return next((f"“{c.name}” may not be blank anywhere." for c in columns if not c.nullable), None)
    return next((f"“{c.name}” is no number." for c in columns if c.type not in _NUMBERS), None)


def _check_labels(feed: Feed, file: _File) -> None:
    """In every year, a label or name leads to one column, and each column of the year has a label."""
    for year in _turns(feed):
        taken: dict[str, str] = {}
        for column in feed.every_column.values():
            where = ["columns", column.name]
            if year not in column.years:
                continue
            if not any(year in years for _, years in column.labels):
                raise file.fault(where, f"“{column.name}” has no label in {year}.", at_key=True)
            named = column.for_year(year)
            for label in (named.name, named.label, *named.also):
                if (other := taken.setdefault(normalise_label(label), column.name)) != column.name:
                    raise file.fault(where, f"“{label}” is a label of “{other}” too.", at_key=True)


def _turns(feed: Feed) -> list[int]:
    """Years enough to see every state of the feed: those in which something begins or has just ended."""
    spans = [c.years for c in feed.every_column.values()]
    spans += [years for c in feed.every_column.values() for _, years in c.labels]
    turns = {year for span in spans for year in (span.first, span.last and span.last + 1) if year}
    return sorted(turns | {min(turns, default=2000) - 1})


def _tell_apart(files: Mapping[str, _File], feeds: Mapping[str, Feed]) -> None:
    """No two feeds have one name: a file is told by it."""
    taken: dict[str, str] = {}
    for feed in feeds.values():
        for name in (feed.name, feed.label):
            if (other := taken.setdefault(normalise_label(name), feed.name)) != feed.name:
                raise files[feed.name].fault(["zh"], f"the feed {other} is called “{name}” too.")


def _check_measures(files: Mapping[str, _File], feeds: Mapping[str, Feed]) -> None:
    """A measure is made of the columns of one feed, all of one unit, all added up or all averaged."""
    first: dict[str, tuple[Feed, Column]] = {}
    for feed in feeds.values():
        for column in feed.every_column.values():
            if column.measure is None:
                continue
            other_feed, other = first.setdefault(column.measure, (feed, column))
            where = ["columns", column.name, "measure"]
            if other_feed is not feed:
                said = f"“{column.measure}” is made of columns of {other_feed.name} already."
                raise files[feed.name].fault(where, said)
            if (other.unit, other.averaged) != (column.unit, column.averaged):
                said = f"“{other.name}” contributes to “{column.measure}” in another unit, or not as a mean."
                raise files[feed.name].fault(where, said)
