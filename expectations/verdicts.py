"""How a judgement ends: a status per rule, and a finding per breach.

Belongs here: what verdicts and findings are, and telling a breach in words. Does not: judging (`judge`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from expectations.catalogue import Rule, Severity

if TYPE_CHECKING:
    import pandas as pd

FIGURE_DECIMALS = 6
MISSING = "（缺）"


class Status(StrEnum):
    """How the judgement of a rule ended. Could not run is neither passed nor failed, and blocks."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"
    COULD_NOT_RUN = "could_not_run"


@dataclass(frozen=True)
class Finding:
    """One breach of a rule. `figure_1`, `figure_2` and `difference` are the figures as they are printed."""

    rule_id: str
    finding_key: str
    severity: Severity
    departments: tuple[str, ...]
    county_code: str | None
    message: str
    figure_1: str | None
    figure_2: str | None
    difference: str | None
    unit: str | None
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


def findings_of(rule: Rule, rows: pd.DataFrame) -> Iterator[Finding]:
    """One finding per key, in order of the keys. Several rows with a key make one finding that tells them
    all; its figures are those told first."""
    by_key: dict[str, list[Finding]] = {}
    for row in rows.to_dict("records"):
        finding = _finding(rule, row)
        by_key.setdefault(finding.finding_key, []).append(finding)
    for _, findings in sorted(by_key.items()):
        findings.sort(key=lambda finding: finding.message)
        messages = dict.fromkeys(finding.message for finding in findings)
        yield replace(findings[0], message="；".join(messages))


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


def _finding(rule: Rule, row: Mapping[Hashable, Any]) -> Finding:
    texts = {str(column): figure_text(value) for column, value in row.items()}
    figures = [texts[figure.column] for figure in rule.figures]
    difference = _difference([row[figure.column] for figure in rule.figures])
    department = texts.get("department")
    told = {column: text or MISSING for column, text in texts.items()}
    return Finding(
        rule_id=rule.id,
        finding_key="/".join(texts[column] or "" for column in rule.key),
        severity=rule.severity,
        departments=(department,) if department in rule.departments else rule.departments,
        county_code=texts.get("county_code"),
        message=rule.message.format_map(told | {"difference": difference or MISSING}),
        figure_1=figures[0] if figures else None,
        figure_2=figures[1] if len(figures) > 1 else None,
        difference=difference,
        unit=texts.get("unit") or (rule.figures[0].unit if rule.figures else None),
    )


def _difference(figures: Sequence[Any]) -> str | None:
    """How far two numbers are apart; None where they are not two numbers."""
    if len(figures) != 2 or not all(isinstance(figure, int | float) for figure in figures):
        return None
    return figure_text(abs(float(figures[0]) - float(figures[1])))
