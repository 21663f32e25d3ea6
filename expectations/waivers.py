"""Waivers: findings that the office accepts, for a reason and until a day (feed 豁免清单).

Belongs here: reading them, holding them against the findings, and laying them out to be judged themselves.
Does not: judging them (`judge`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.catalogue import Rule
from expectations.validation import CouldNotRunError
from expectations.verdicts import MISSING, Finding, Status, Verdict, figure_text

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = ["rule_id", "finding_key", "reason", "expires_on", "figure_1", "figure_2"]


class WaiverStatus(StrEnum):
    """What became of a waiver: only one in force waives."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    FIGURES_CHANGED = "figures_changed"
    UNUSED = "unused"
    NOT_WAIVABLE = "not_waivable"
    UNKNOWN_RULE = "unknown_rule"


@dataclass(frozen=True)
class Waiver:
    """One waiver. Where a figure is filled in, it holds only while the finding's is the same."""

    rule_id: str
    finding_key: str
    reason: str
    expires_on: date
    figure_1: str | None
    figure_2: str | None

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> Waiver:
        """The waiver that a row of the feed gives."""
        return cls(
            rule_id=row["rule_id"],
            finding_key=row["finding_key"],
            reason=row["reason"],
            expires_on=row["expires_on"],
            figure_1=figure_text(row["figure_1"]),
            figure_2=figure_text(row["figure_2"]),
        )

    def holds_for(self, finding: Finding) -> bool:
        """Whether the finding is the one that was waived, with the figures that it had then."""
        return (
            (self.rule_id, self.finding_key) == (finding.rule_id, finding.finding_key)
            and _unchanged(self.figure_1, finding.figure_1)
            and _unchanged(self.figure_2, finding.figure_2)
        )


def _unchanged(then: str | None, now: str | None) -> bool:
    """Whether a figure is what the waiver was given for: not pinned, the same text, or the same number; one
    that was missing is pinned as such."""
    if then is None or then == (now or MISSING):
        return True
    try:
        return now is not None and Decimal(then) == Decimal(now)
    except InvalidOperation:
        return False


def read_waivers(path: Path) -> list[Waiver]:
    """The waivers of the Parquet file at `path`; CouldNotRunError where it can not be read."""
    import pandas as pd

    try:
        rows = pd.read_parquet(path, columns=_COLUMNS).to_dict("records")
    except (OSError, ValueError) as error:
        raise CouldNotRunError(f"{path.name} can not be read: {error}") from error
    return [Waiver.of(row) for row in rows]


def waive(verdict: Verdict, waivers: Sequence[Waiver], as_of: date) -> Verdict:
    """The verdict with its findings waived that a waiver not expired on `as_of` holds for. A rule of which
    every finding is waived ends as waived."""
    in_force = {(w.rule_id, w.finding_key): w for w in waivers if w.expires_on >= as_of}
    findings = []
    for finding in verdict.findings:
        waiver = in_force.get((finding.rule_id, finding.finding_key))
        if waiver and waiver.holds_for(finding):
            finding = replace(finding, waived=True, waiver_reason=waiver.reason)
        findings.append(finding)
    all_waived = bool(findings) and all(finding.waived for finding in findings)
    return replace(verdict, findings=tuple(findings), status=Status.WAIVED if all_waived else verdict.status)


def statuses(
    waivers: Iterable[Waiver], rules: Mapping[str, Rule], verdicts: Iterable[Verdict], as_of: date
) -> Iterator[tuple[Waiver, WaiverStatus, Finding | None]]:
    """Each waiver, what became of it on the day `as_of`, and the finding with its key, if there is one."""
    found = {
        (finding.rule_id, finding.finding_key): finding
        for verdict in verdicts
        for finding in verdict.findings
    }
    for waiver in waivers:
        finding = found.get((waiver.rule_id, waiver.finding_key))
        yield waiver, _status(waiver, rules.get(waiver.rule_id), finding, as_of), finding


def _status(waiver: Waiver, rule: Rule | None, finding: Finding | None, as_of: date) -> WaiverStatus:
    if rule is None:
        return WaiverStatus.UNKNOWN_RULE
    if not rule.waivable:
        return WaiverStatus.NOT_WAIVABLE
    if finding is None:
        return WaiverStatus.UNUSED
    if not waiver.holds_for(finding):
        return WaiverStatus.FIGURES_CHANGED
    return WaiverStatus.IN_FORCE if waiver.expires_on >= as_of else WaiverStatus.EXPIRED


def waiver_frame(
    waivers: Sequence[Waiver], rules: Mapping[str, Rule], verdicts: Iterable[Verdict], as_of: date
) -> pd.DataFrame:
    """One row per waiver: its last day beside the day of the run, and the finding that it meets, if any, else
    a note why not; and the enterprise that the finding with its key is about."""
    import pandas as pd

    rows = []
    for waiver, status, finding in statuses(waivers, rules, verdicts, as_of):
        note = _why_unmet(waiver, status, finding)
        met = waiver.finding_key if note is None else None
        uscc = finding.uscc if finding else None
        rows.append((waiver.rule_id, waiver.finding_key, waiver.expires_on, as_of, met, note, uscc))
    frame = pd.DataFrame(
        rows, columns=["rule_id", "finding_key", "expires_on", "as_of", "finding_met", "note", "uscc"]
    )
    return frame.astype({"expires_on": "datetime64[s]", "as_of": "datetime64[s]"})


def _why_unmet(waiver: Waiver, status: WaiverStatus, finding: Finding | None) -> str | None:
    """Why the waiver meets no finding, in Chinese; None where it meets one, also one it no longer waives."""
    match status:
        case WaiverStatus.UNKNOWN_RULE:
            return "没有这个规则编号"
        case WaiverStatus.NOT_WAIVABLE:
            return "该规则不可豁免"
        case WaiverStatus.UNUSED:
            return "本次检查没有这个问题"
        case WaiverStatus.FIGURES_CHANGED:
            assert finding is not None  # it has figures
            then = f"{waiver.figure_1 or '未填'}、{waiver.figure_2 or '未填'}"
            now = f"{finding.figure_1 or MISSING}、{finding.figure_2 or MISSING}"
            return f"豁免时的数值为 {then}，现为 {now}"
    return None
