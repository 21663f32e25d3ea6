"""The page of the checks: every rule, how its judgement ended, and what Great Expectations found, in Chinese.

Belongs here: laying out the verdicts of a release and their validation results. Does not: the findings as a
list to work off (`findings_workbook`). The page is one file that opens from disk and loads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.presentation.pages import alone
from orchestration.presentation.wording import (
    INTERNAL,
    SEVERITIES,
    STAGES,
    Wording,
    draft_mark,
    read_wording,
)
from orchestration.release.reading import open_release, read_manifest
from orchestration.rows import fetch

_SHOWN = 100  # findings of a rule; all of them are in findings.xlsx

_STATUSES: Mapping[str, str] = {
    "failed": "未通过",
    "could_not_run": "未能检查",
    "waived": "已豁免",
    "passed": "通过",
    "not_applicable": "不适用",
}

# A warning that stands is no fault: somebody confirms it.
_WARNED = "待核实"
_ENDINGS: Mapping[str, str] = {"failed": _STATUSES["failed"], "warned": _WARNED, **_STATUSES}
_WAIVER_STATUSES: Mapping[str, str] = {
    "in_force": "有效",
    "expired": "已失效",
    "figures_changed": "数值已变",
    "unused": "无对应问题",
    "not_waivable": "不可豁免",
    "unknown_rule": "无此规则",
}

_WAIVERS = "select * from waiver order by status <> 'in_force', rule_id, finding_key"
_VERDICTS = "select * from verdict order by rule_id"
_FINDINGS = f"""
    select rule_id, finding_key, coalesce(county_name, county_code) as county, message, figure_1, unit,
        source_1, figure_2, unit_2, source_2, difference, waived
    from finding
    window of_rule as (partition by rule_id order by waived, county_code nulls first, finding_key)
    qualify row_number() over of_rule <= {_SHOWN}
    order by rule_id, waived, county_code nulls first, finding_key
"""

_Row = Mapping[str, Any]


_OWN = {"batch_id", "condition_parser", "ignore_row_if"}  # arguments of Great Expectations' own working


@dataclass(frozen=True)
class _Rule:
    """A rule on the page: its verdict, its departments by name, and its first findings."""

    verdict: _Row
    departments: str
    findings: Sequence[_Row]

    @property
    def look(self) -> str:
        """The class of style."""
        status = str(self.verdict["status"])
        return "warned" if status == "failed" and self.verdict["severity"] == "warning" else status

    @property
    def ended(self) -> str:
        """How it ended, in Chinese."""
        return _WARNED if self.look == "warned" else _STATUSES[self.look]

    @property
    def more(self) -> int:
        """How many findings there are beyond those on the page."""
        return int(self.verdict["findings"]) - len(self.findings)

    @property
    def in_counties(self) -> bool:
        """Whether a finding names its county."""
        return any(finding["county"] for finding in self.findings)

    @property
    def differing(self) -> bool:
        """Whether a finding has a difference."""
        return any(finding["difference"] for finding in self.findings)

    @property
    def figures(self) -> list[tuple[str, str, str, str]]:
        """The figures that the rule names: label, and the columns of figure, unit and source."""
        columns = (("figure_1", "unit", "source_1"), ("figure_2", "unit_2", "source_2"))
        labels = (self.verdict["label_1"], self.verdict["label_2"])
        return [(label, *names) for label, names in zip(labels, columns, strict=True) if label]

    @property
    def validation(self) -> dict[str, Any] | None:
        """What Great Expectations says of each expectation; None where it was not asked."""
        if not self.verdict["validation"]:
            return None
        validation = json.loads(self.verdict["validation"])
        return {
            "version": validation["meta"]["great_expectations_version"],
            "results": [_result(result) for result in validation["results"]],
        }


def write_checks_page(folder: Path) -> None:
    """Write `<folder>/checks/index.html` from the release in `folder`."""
    manifest, wording = read_manifest(folder), read_wording(folder)
    with open_release(folder) as release:
        found: dict[str, list[_Row]] = {}
        for finding in fetch(release, _FINDINGS):
            found.setdefault(finding["rule_id"], []).append(finding)
        rules = []
        for verdict in fetch(release, _VERDICTS):
            departments = "、".join(wording.departments[code] for code in verdict["departments"].split(","))
            rules.append(_Rule(verdict, departments, found.get(verdict["rule_id"], [])))
        waivers = fetch(release, _WAIVERS)
    page = folder / "checks" / "index.html"
    page.parent.mkdir()
    page.write_text(_page(manifest, wording, rules, waivers), encoding="utf-8")


def _page(manifest: _Row, wording: Wording, rules: Sequence[_Rule], waivers: Sequence[_Row]) -> str:
    families = wording.codes["family"]
    members = {code: [rule for rule in rules if rule.verdict["family"] == code] for code in families}
    return alone(
        "checks.html.j2",
        scripts=(),
        data={},
        styles=("site.css", "checks.css"),
        title=f"{manifest['year']}年度一致性检查",
        internal=INTERNAL,
        facts=[
            f"{STAGES[manifest['stage']]}，{manifest['year']}/{manifest['release']}",
            wording.edition,
            f"豁免以 {manifest['as_of']} 为准",
            f"{manifest['made_at'][:16].replace('T', ' ')} UTC",
            *filter(None, [draft_mark(manifest)]),
        ],
        endings=list(_ENDINGS.values()),
        severities=SEVERITIES,
        families=[
            {"code": code, "name": families[code], "rules": own, "counts": _counts(own)}
            for code, own in members.items()
            if own
        ],
        total=_counts(rules),
        waivers=waivers,
        waiver_statuses=_WAIVER_STATUSES,
    )


def _counts(rules: Sequence[_Rule]) -> list[int]:
    """How many rules ended how, how many findings stand by severity, and how many are waived."""
    verdicts = [rule.verdict for rule in rules]
    return [
        *(sum(rule.look == ending for rule in rules) for ending in _ENDINGS),
        *(sum(v["findings"] - v["waived"] for v in verdicts if v["severity"] == name) for name in SEVERITIES),
        sum(verdict["waived"] for verdict in verdicts),
    ]


def _result(result: _Row) -> dict[str, Any]:
    """What is said of one expectation."""
    configuration, numbers = result["expectation_config"], result["result"]
    arguments = {name: value for name, value in configuration["kwargs"].items() if name not in _OWN}
    if condition := arguments.pop("row_condition", None):
        arguments["where"] = condition["pass_through_filter"]
    return {
        "type": configuration["type"],
        "arguments": [
            f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items()
        ],
        "examined": numbers.get("element_count", 0),
        "unexpected": numbers.get("unexpected_count", 0),
        "share": numbers.get("unexpected_percent"),
        "success": result["success"],
    }
