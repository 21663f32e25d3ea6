"""The method of a year in half a page: what is said of it, with the numbers of its rows.

Belongs here: putting the rows of the method into the wordings. Does not: the wordings (`data/wordings`), the
numbers (`data/policy`), how one result came about (`explain`).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from orchestration.policy import load_policy
from orchestration.presentation.wording import LEVELS, Wording, filled
from orchestration.release.reading import read_manifest

_SENTENCES = (
    "scope", "land", "standards_{standard_scope}", "score", "zero_{zero_value}", "total", "classes", "veto",
    "transition", "ranks", "shown",
)  # fmt: skip


def in_half_a_page(folder: Path, wording: Wording) -> dict[str, Any]:
    """Of the method that the release in `folder` carries: `sentences`, each with label and clause, and
    `indicators`, each with its fraction by level, and its weights by level and region."""
    manifest = read_manifest(folder)
    policy = load_policy(folder / "policy")
    edition, year = manifest["edition"], manifest["year"]

    def rows(table: str) -> list[dict[str, Any]]:
        return [row for row in policy.rows(table) if row["edition"] == edition]

    numbers: dict[str, Any] = {row["parameter"]: row["value"] for row in rows("parameters")}
    cut_off = policy.cut_off(edition, year)
    coefficients = sorted((row["coefficient"] for row in rows("tiers")), reverse=True)
    best, better, ordinary = (_plain(coefficient * 100) for coefficient in coefficients)
    numbers |= {
        "year": year,
        "cut_off_day": f"{cut_off.month}月{cut_off.day}日",
        "divisions": _ranges(int(row["division"]) for row in rows("industry_divisions") if row["in_scope"]),
        "best": best,
        "better": better,
        "ordinary": ordinary,
        "honour_points": _each(row["points"] for row in rows("honours")),
        "incident_points": _each(row["enterprise_points"] for row in rows("incidents")),
        "transitions": "、".join(f"{row['transition_zh']}{row['years']}年内" for row in rows("transitions"))
        + "的企业",
        "regions": "、".join(wording.regions.values()),
    }
    numbers |= {row["class"]: _plain(row["share"]) for row in rows("quotas")}
    codes = [code.format(**numbers) for code in _SENTENCES]
    weights: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows("weights"):
        weights.setdefault(row["indicator"], {}).setdefault(row["level"], {})[row["region"]] = row["weight"]
    return {
        "sentences": [
            {
                "label": wording.codes["method"][code],
                "text": filled(wording.sentences["method", code], numbers),
                "clause": wording.clauses["method", code],
            }
            for code in codes
        ],
        "indicators": [
            {
                "indicator": indicator,
                "parts": {
                    level: [wording.labels.get((f"{level}_result", part), part) for part in (over, under)]
                    for level in LEVELS
                },
                "factor": factor,
                "weights": weights.get(indicator, {}),
            }
            for indicator, (over, under, factor) in wording.fractions.items()
        ],
    }


def _plain(number: float) -> str:
    """A number without needless decimals."""
    return f"{number:.10g}"


def _each(points: Iterable[float]) -> str:
    """What each event counts, where it counts."""
    return "、".join(_plain(number) for number in sorted({number for number in points if number}))


def _ranges(codes: Iterable[int]) -> str:
    """13, 14, 15, 17 → 13至15、17."""
    parts = []
    for _, run in groupby(enumerate(sorted(codes)), key=lambda pair: pair[1] - pair[0]):
        found = [code for _, code in run]
        parts.append(str(found[0]) if len(found) == 1 else f"{found[0]}至{found[-1]}")
    return "、".join(parts)
