"""How the answer to a what-if is printed, in the words of the release.

Belongs here: words and lay-out. Does not: the answer (`orchestration.what_if`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration.presentation.arithmetic import PLACES, number
from orchestration.presentation.wording import Wording
from orchestration.terminal import shown

if TYPE_CHECKING:
    from rich.console import Console

    from orchestration.effects import Answer, ChangedFigure

_STANDARDS = {"max": "最大值", "mean": "平均值", "min": "最小正值"}
_SHOWN = 20  # others of another class that are named


def show_answer(console: Console, answer: Answer, changes: Sequence[ChangedFigure], wording: Wording) -> None:
    """Print figures, item scores, total, rank and class before and after, and whom else it moves."""
    from rich.table import Table

    before, after = answer.before, answer.after
    county = wording.counties.get(before["county_code"], before["county_code"])
    console.print(shown(f"模拟：{before['enterprise_name']} {before['uscc']}（{county}）"), highlight=False)
    figures = Table(title="数据", title_justify="left")
    for heading in ("", "原", "现"):
        figures.add_column(heading, justify="left" if not heading else "right")
    for change in changes:
        name = change.figure
        unit = wording.units_of_measure.get(("enterprise_result", name), "")
        label = wording.labels["enterprise_result", name]
        figures.add_row(f"{label}（{unit}）", _figure(before[name]), _figure(after[name]))
    console.print(figures)
    items = Table(title="指标得分", title_justify="left")
    for heading in ("指标", "指标值", "档次", "得分", "权数", "标准值变动"):
        items.add_column(heading, justify="right" if heading == "权数" else "left", overflow="fold")
    for code, (label, unit) in wording.indicators.items():
        if row := answer.items.get(code):
            moved = [
                word for name, word in _STANDARDS.items() if row[f"{name}_before"] != row[f"{name}_after"]
            ]
            items.add_row(
                f"{label}（{unit}）",
                _moved(_figure(row["value_before"]), _figure(row["value_after"])),
                _moved(row["tier_before"] or "–", row["tier_after"] or "–"),
                _moved(_score(row["score_before"]), _score(row["score_after"])),
                _figure(row["weight"]),
                "、".join(moved),
            )
    console.print(items)
    standing = Table(title="结果", title_justify="left")
    for heading in ("", "原", "现"):
        standing.add_column(heading, justify="left" if not heading else "right")
    treatments = wording.codes["treatment"]
    standing.add_row("评价方式", *(treatments[side["treatment"]] for side in (before, after)))
    for name in ("base_score", "bonus", "deduction", "total_score"):
        label = wording.labels["enterprise_result", name]
        standing.add_row(label, *(_score(side[name]) for side in (before, after)))
    for name in ("rank", "class"):
        label = wording.labels["enterprise_result", name]
        standing.add_row(label, *(str(side[name] or "–") for side in (before, after)), style="bold")
    console.print(standing)
    _show_others(console, answer)


def _show_others(console: Console, answer: Answer) -> None:
    classes = [row for row in answer.others if row["class_before"] != row["class_after"]]
    ranks = sum(row["rank_before"] != row["rank_after"] for row in answer.others)
    totals = sum(row["total_before"] != row["total_after"] for row in answer.others)
    console.print(
        f"其他企业：{len(classes)} 户等级变动，{ranks} 户排名变动，{totals} 户得分变动。", highlight=False
    )
    for row in classes[:_SHOWN]:
        moves = (
            _moved(row["class_before"] or "–", row["class_after"] or "–"),
            "排名 " + _moved(str(row["rank_before"] or "–"), str(row["rank_after"] or "–")),
            "得分 " + _moved(_score(row["total_before"]), _score(row["total_after"])),
        )
        console.print(shown(f"  {row['enterprise_name']} {row['uscc']}  {'，'.join(moves)}"), highlight=False)
    if len(classes) > _SHOWN:
        console.print(f"  另有 {len(classes) - _SHOWN} 户。", highlight=False)


def _moved(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _figure(value: float | None) -> str:
    return "（无）" if value is None else number(value)


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.{PLACES}f}"
