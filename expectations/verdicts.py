"""How a judgement ends: a status per rule, and a finding per breach.

Belongs here: what verdicts and findings are, and telling a breach in words. Does not: judging (`judge`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from expectations.catalogue import Level, Rule, Severity

if TYPE_CHECKING:
    import pandas as pd

FIGURE_DECIMALS = 6
MISSING = "（缺）"
_BETWEEN = "；"


@dataclass(frozen=True)
class Origin:
    """Where figure 1 or 2 of a finding came from: the rows of a feed that have `subject` in common at a
    level, and the column delivered, or None where a row gives the figure as a whole."""

    figure: int
    feed: str
    column: str | None
    level: Level
    subject: str


class Status(StrEnum):
    """How the judgement of a rule ended. Could not run is neither passed nor failed, and blocks."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"
    COULD_NOT_RUN = "could_not_run"


@dataclass(frozen=True)
class Finding:
    """One breach of a rule. `uscc` is the enterprise of its rows, None where they have none or several.

    `figure_1`, `figure_2` and `difference` are the figures as they are printed, in the units `unit` and
    `unit_2`; `origins` tells where they came from, unless `source` does."""

    rule_id: str
    finding_key: str
    severity: Severity
    departments: tuple[str, ...]
    mend_by: tuple[str, ...]
    uscc: str | None
    county_code: str | None
    message: str
    figure_1: str | None = None
    unit: str | None = None
    figure_2: str | None = None
    unit_2: str | None = None
    difference: str | None = None
    source: str | None = None
    origins: tuple[Origin, ...] = ()
    waived: bool = False
    waiver_reason: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The judgement of one rule: rows `checked`, its findings, why it could not run, and the validation
    result of Great Expectations as JSON."""

    rule_id: str
    severity: Severity
    status: Status
    checked: int = 0
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    validation: Mapping[str, Any] | None = None


def findings_of(rule: Rule, rows: pd.DataFrame, counties: Mapping[str, str]) -> Iterator[Finding]:
    """One finding per key, in order of the keys. Several rows with a key make one finding that tells them
    all, also in its figures: a waiver that is pinned to them is pinned to every row. `counties` gives the
    names that a message adds to their codes."""
    by_key: dict[str, list[Finding]] = {}
    for row in rows.to_dict("records"):
        finding = _finding(rule, row, counties)
        by_key.setdefault(finding.finding_key, []).append(finding)
    for _, findings in sorted(by_key.items()):
        findings.sort(key=lambda finding: finding.message)
        messages = dict.fromkeys(finding.message for finding in findings)
        sources = dict.fromkeys(finding.source for finding in findings if finding.source)
        origins = dict.fromkeys(origin for finding in findings for origin in finding.origins)
        enterprises = {finding.uscc for finding in findings}
        yield replace(
            findings[0],
            uscc=findings[0].uscc if len(enterprises) == 1 else None,
            message=_BETWEEN.join(messages),
            figure_1=_together(finding.figure_1 for finding in findings),
            figure_2=_together(finding.figure_2 for finding in findings),
            difference=_together(finding.difference for finding in findings),
            source=_BETWEEN.join(sources) or None,
            origins=tuple(origins),
        )


def _together(figures: Iterable[str | None]) -> str | None:
    """The figures of several rows, each once; None where no row has one."""
    told = dict.fromkeys(figures)
    return _BETWEEN.join(figure or MISSING for figure in told) if any(told) else None


def figure_text(value: Any) -> str | None:
    """A figure, day or text as findings print it: no thousands separators, at most six decimals; None if
    missing."""
    if value is None or value != value:  # NaN and NaT are not themselves
        return None
    if isinstance(value, float):
        text = f"{value:.{FIGURE_DECIMALS}f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)


def _finding(rule: Rule, row: Mapping[Hashable, Any], counties: Mapping[str, str]) -> Finding:
    texts = {str(column): figure_text(value) for column, value in row.items()}
    figures = [texts[figure.column] for figure in rule.figures]
    units = [texts.get("unit") or figure.unit for figure in rule.figures]
    compared = [row[figure.column] for figure in rule.figures] if rule.compares else []
    difference = _difference(compared, units)
    departments, mend_by = _departments(rule, texts.get("department"))
    told = {column: _told(column, text, counties) for column, text in texts.items()}
    return Finding(
        rule_id=rule.id,
        finding_key="/".join(texts[column] or "" for column in rule.key),
        severity=rule.severity,
        departments=departments,
        mend_by=mend_by,
        uscc=texts.get("uscc"),
        county_code=texts.get("county_code"),
        message=rule.message.format_map(told | {"difference": difference or MISSING}),
        figure_1=figures[0] if figures else None,
        unit=units[0] if units else None,
        figure_2=figures[1] if len(figures) > 1 else None,
        unit_2=units[1] if len(units) > 1 else None,
        difference=difference,
        source=texts.get("source"),
        origins=tuple(_origins(rule, texts)),
    )


def _told(column: str, text: str | None, counties: Mapping[str, str]) -> str:
    """A value as a message tells it: a county by its name too."""
    if text and column.endswith("county_code") and text in counties:
        return f"{counties[text]}（{text}）"
    return text or MISSING


def _departments(rule: Rule, department: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whom a finding concerns and who mends it: of the departments that the rule concerns only the one that
    the row names, if it names one."""
    if department not in rule.departments:
        return rule.departments, rule.mend_by
    others = (name for name in rule.mend_by if name == department or name not in rule.departments)
    return (department,), tuple(others) or (department,)


def _origins(rule: Rule, row: Mapping[str, str | None]) -> Iterator[Origin]:
    """Where the figures came from; of the feeds of a figure only the one that the row names, if it does."""
    for number, figure in enumerate(rule.figures, start=1):
        subject = "/".join(row[column] or "" for column in figure.key)
        named = row.get("feed")
        for feed, column in figure.source.items():
            if named == feed or named not in figure.source:
                yield Origin(number, feed, column, figure.level, subject)


def _difference(figures: Sequence[Any], units: Sequence[str | None]) -> str | None:
    """How far two numbers are apart; None where they are not two numbers of one unit."""
    if len(figures) != 2 or len(set(units)) != 1:
        return None
    if not all(isinstance(figure, int | float) for figure in figures):
        return None
    return figure_text(abs(float(figures[0]) - float(figures[1])))
