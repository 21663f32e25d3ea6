"""The page of the checks: every rule, how its judgement ended, and what Great Expectations found, in Chinese.

Belongs here: laying out the verdicts of a release and their validation results. Does not: the findings as a
list to work off (`findings_workbook`). The page is one file that opens from disk and loads nothing.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.presentation.wording import (
    INTERNAL,
    SEVERITIES,
    STAGES,
    Wording,
    draft_mark,
    read_wording,
)
from orchestration.release.reading import open_release, read_manifest
from orchestration.terminal import shown

_STYLE = Path(__file__).with_suffix(".css")
_SHOWN = 100  # findings of a rule; all of them are in findings.xlsx

_FAMILIES: Mapping[str, str] = {
    "intake": "提交与受理",
    "roster": "参评企业名单",
    "matching": "部门间匹配",
    "statistics": "统计数据",
    "tax": "税收数据",
    "land": "用地数据",
    "ecology": "排放数据",
    "events": "称号与减分事项",
    "year_on_year": "与上年比较",
    "verification": "区县核实",
    "waivers": "豁免",
    "invariants": "计算结果",
}
_STATUSES: Mapping[str, str] = {
    "failed": "未通过",
    "could_not_run": "未能检查",
    "waived": "已豁免",
    "passed": "通过",
    "not_applicable": "不适用",
}

# A warning that stands is no fault: somebody confirms it.
_WARNED = "待核实"
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


@dataclass(frozen=True)
class _Rule:
    """A rule on the page: its verdict and its first findings."""

    verdict: _Row
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


def write_checks_page(folder: Path) -> None:
    """Write `<folder>/checks/index.html` from the release in `folder`."""
    manifest, wording = read_manifest(folder), read_wording(folder)
    with open_release(folder) as release:
        found: dict[str, list[_Row]] = {}
        for finding in _rows(release, _FINDINGS):
            found.setdefault(finding["rule_id"], []).append(finding)
        rules = [_Rule(verdict, found.get(verdict["rule_id"], [])) for verdict in _rows(release, _VERDICTS)]
        waivers = _rows(release, _WAIVERS)
    page = folder / "checks" / "index.html"
    page.parent.mkdir()
    page.write_text("\n".join(_page(manifest, wording, rules, waivers)), encoding="utf-8")


def escape(text: str) -> str:
    """Text of a page: no markup, nothing invisible."""
    return html.escape(shown(text))


def _rows(release: duckdb.DuckDBPyConnection, query: str) -> list[_Row]:
    result = release.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _page(manifest: _Row, wording: Wording, rules: Sequence[_Rule], waivers: Sequence[_Row]) -> Iterator[str]:
    title = f"{manifest['year']}年度一致性检查"
    facts = (
        f"{STAGES[manifest['stage']]}，{manifest['year']}/{manifest['release']}",
        wording.edition,
        f"豁免以 {manifest['as_of']} 为准",
        f"{manifest['made_at'][:16].replace('T', ' ')} UTC",
        *filter(None, [draft_mark(manifest)]),
    )
    yield '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">'
    yield f"<title>{escape(title)}</title>"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n<header>"
    yield f"<p class=system>制造业亩均效益综合评价 · <strong>{INTERNAL}</strong></p>"
    yield f"<h1>{escape(title)}</h1>"
    yield f"<p class=facts>{' · '.join(map(escape, facts))}</p>"
    yield from _summary(rules)
    yield "</header>\n<main>"
    for family, name in _FAMILIES.items():
        members = [rule for rule in rules if rule.verdict["family"] == family]
        if members:
            yield f'<section id="{family}">\n<h2>{name}</h2>'
            for rule in members:
                yield from _rule(rule, wording)
            if family == "waivers" and waivers:
                yield from _waivers(waivers)
            yield "</section>"
    yield "</main>\n</body>\n</html>"


def _summary(rules: Sequence[_Rule]) -> Iterator[str]:
    """How many rules ended how, and in which family."""
    endings = {"failed": _STATUSES["failed"], "warned": _WARNED, **_STATUSES}
    yield "<table class=summary>"
    yield f"<tr><th><th colspan={len(endings)}>规则<th colspan=3>检查发现</tr>\n<tr><th>类别"
    yield "".join(f"<th>{name}" for name in (*endings.values(), *SEVERITIES.values(), "已豁免")) + "</tr>"
    for family, name in _FAMILIES.items():
        members = [rule for rule in rules if rule.verdict["family"] == family]
        if members:
            yield f'<tr><td><a href="#{family}">{name}</a>{_counts(members, endings)}</tr>'
    yield f"<tr class=total><td>合计{_counts(rules, endings)}</tr>\n</table>"


def _counts(rules: Sequence[_Rule], endings: Iterable[str]) -> str:
    counts = [sum(rule.look == ending for rule in rules) for ending in endings]
    verdicts = [rule.verdict for rule in rules]
    for severity in SEVERITIES:
        standing = (v["findings"] - v["waived"] for v in verdicts if v["severity"] == severity)
        counts.append(sum(standing))
    counts.append(sum(verdict["waived"] for verdict in verdicts))
    return "".join(f"<td>{count:,}" if count else "<td class=none>–" for count in counts)


def _rule(rule: _Rule, wording: Wording) -> Iterator[str]:
    verdict = rule.verdict
    examined = f"检查 {verdict['checked']:,} 行" if verdict["validation"] else ""
    count = f"{verdict['findings']:,} 项" if verdict["findings"] else ""
    yield f'<details id="{verdict["rule_id"]}" class="{rule.look}">\n<summary>'
    yield f"<span class=status>{rule.ended}</span>"
    yield f"<span class=id>{verdict['rule_id']}</span><span class=holds>{escape(verdict['must_hold'])}</span>"
    yield f"<span class=count>{count}</span><span class=checked>{examined}</span>\n</summary>"
    yield "<div class=body>"
    departments = (wording.departments[code] for code in verdict["departments"].split(","))
    facts = {
        "级别": SEVERITIES[verdict["severity"]],
        "有关部门": "、".join(departments),
        "依据": verdict["clause"],
        "处理办法": verdict["mend"],
        "未能检查": verdict["reason"],
    }
    yield "<dl>"
    yield from (f"<dt>{name}<dd>{escape(text)}" for name, text in facts.items() if text)
    yield "</dl>"
    if verdict["validation"]:
        yield from _validation(json.loads(verdict["validation"]))
    if rule.findings:
        yield from _findings(rule)
    yield "</div>\n</details>"


def _validation(validation: _Row) -> Iterator[str]:
    """What Great Expectations says of each expectation."""
    version = validation["meta"]["great_expectations_version"]
    yield "<table class=expectations>\n<tr><th>校验<th>参数<th>检查<th>不符<th>占比<th>结果</tr>"
    for result in validation["results"]:
        configuration, numbers = result["expectation_config"], result["result"]
        share = numbers.get("unexpected_percent")
        yield (
            f"<tr><td><code>{escape(configuration['type'])}</code><td>{_arguments(configuration['kwargs'])}"
            f"<td>{numbers.get('element_count', 0):,}<td>{numbers.get('unexpected_count', 0):,}"
            f"<td>{f'{share:.2f}%' if share else '–'}<td>{'符合' if result['success'] else '不符'}</tr>"
        )
    yield f"</table>\n<p class=note>由 Great Expectations {escape(version)} 校验。</p>"


def _arguments(kwargs: _Row) -> str:
    shown: dict[str, Any] = {name: value for name, value in kwargs.items() if name not in _INTERNAL}
    if condition := shown.pop("row_condition", None):
        shown["where"] = condition["pass_through_filter"]
    return "<br>".join(
        f"<code>{escape(name)} = {escape(json.dumps(value, ensure_ascii=False))}</code>"
        for name, value in shown.items()
    )


_INTERNAL = {"batch_id", "condition_parser", "ignore_row_if"}


def _findings(rule: _Rule) -> Iterator[str]:
    verdict = rule.verdict
    labels = [verdict["label_1"], verdict["label_2"]]
    heads = ["对象", "问题", *(label for label in labels if label)]
    counties = any(finding["county"] for finding in rule.findings)
    if counties:
        heads.insert(0, "区县")
    differing = any(finding["difference"] for finding in rule.findings)
    if differing:
        heads.append("差额")
    yield f"<table class=findings>\n<tr>{''.join(f'<th>{escape(head)}' for head in heads)}</tr>"
    for finding in rule.findings:
        cells = [_text(finding["county"])] if counties else []
        cells += [f"<span class=key>{_text(finding['finding_key'])}</span>", _text(finding["message"])]
        for number, unit in ((1, "unit"), (2, "unit_2")):
            if labels[number - 1]:
                cells.append(_figure(finding[f"figure_{number}"], finding[unit], finding[f"source_{number}"]))
        if differing:
            cells.append(_figure(finding["difference"], finding["unit"], None))
        waived = " class=waived" if finding["waived"] else ""
        yield f"<tr{waived}>{''.join(f'<td>{cell}' for cell in cells)}</tr>"
    yield "</table>"
    more = verdict["findings"] - len(rule.findings)
    rest = f"此处列出前 {len(rule.findings)} 项，另有 {more:,} 项。" if more else ""
    yield f'<p class=note>{rest}全部检查发现见 <a href="../findings.xlsx">findings.xlsx</a>。</p>'


def _waivers(waivers: Sequence[_Row]) -> Iterator[str]:
    yield "<table class=waivers>\n<tr><th>状态<th>规则<th>对象<th>理由<th>批准人<th>批准日期<th>失效日期</tr>"
    for waiver in waivers:
        cells = (
            _WAIVER_STATUSES[waiver["status"]],
            *(waiver[name] for name in ("rule_id", "finding_key", "reason", "approved_by")),
            *(f"{waiver[name]:%Y-%m-%d}" for name in ("approved_on", "expires_on")),
        )
        in_force = "" if waiver["status"] == "in_force" else " class=waived"
        yield f"<tr{in_force}>{''.join(f'<td>{escape(cell)}' for cell in cells)}</tr>"
    yield "</table>"


def _figure(figure: str | None, unit: str | None, source: str | None) -> str:
    value = f"{escape(figure)} {_text(unit)}" if figure is not None else "（缺）"
    shown = f"<span class=figure>{value.strip()}</span>"
    return f"{shown}<small>{escape(source)}</small>" if source else shown


def _text(value: str | None) -> str:
    return escape(value or "")
