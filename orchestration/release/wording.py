"""What a release calls its columns and codes in Chinese: read from the release, so that nothing is typed twice.

Labels and units come from its `column_dictionary`, regions, counties and indicators from the method that it
carries, departments and feeds from the contract. Only the codes that the models themselves make are named here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.intake.contract import load_contract
from orchestration.policy import load_policy
from orchestration.settings import FEEDS

STAGES = {"draft": "测算", "notice": "公示", "final": "公布"}
LEVELS = {"county": "区县", "park": "园区", "enterprise": "企业"}
TREATMENTS = {"classified": "参与分档", "transition": "过渡期", "vetoed": "否决"}
VETO_REASONS = {"suspended": "停产一年以上", "zero_tax": "税收为零"}
SEVERITIES = {"error": "错误", "warning": "提示"}


@dataclass(frozen=True)
class Wording:
    """The Chinese words of one release.

    `labels` and `units` are by (table, column), `indicators` and `indicator_units` by code, in the order of
    the method; the others by code.
    """

    labels: Mapping[tuple[str, str], str]
    units: Mapping[tuple[str, str], str]
    indicators: Mapping[str, str]
    indicator_units: Mapping[str, str]
    regions: Mapping[str, str]
    counties: Mapping[str, str]
    parks: Mapping[str, str]
    departments: Mapping[str, str]
    edition: str

    def groups(self) -> dict[str, str]:
        """The names of all that something is ranked or measured in: regions and counties."""
        return {**self.regions, **self.counties}

    def label(self, table: str, column: str) -> str:
        """The label of a column with its unit, as a header has it."""
        unit = self.units.get((table, column))
        return self.labels[table, column] + (f"（{unit}）" if unit else "")


def read_wording(folder: Path, release: duckdb.DuckDBPyConnection) -> Wording:
    """The words of the release in `folder`; `release` is its open database."""
    edition = manifest_of(folder)["edition"]
    policy = load_policy(folder / "policy")

    def rows(table: str) -> list[dict[str, Any]]:
        return [row for row in policy.rows(table) if row["edition"] == edition]

    dictionary = release.execute(
        "select table_name, column_name, label_zh, unit from column_dictionary"
    ).fetchall()
    measured = sorted(rows("indicators"), key=lambda row: row["position"]) + rows("targets")
    indicators = {row["indicator"]: row for row in reversed(measured)}
    (title,) = rows("editions")
    return Wording(
        labels={(table, column): label for table, column, label, _ in dictionary},
        units={(table, column): unit for table, column, _, unit in dictionary if unit},
        indicators={code: indicators[code]["indicator_zh"] for code in reversed(indicators)},
        indicator_units={code: row["unit"] for code, row in indicators.items()},
        regions={row["region"]: row["region_zh"] for row in rows("regions")},
        counties=policy.counties,
        parks=dict(release.execute("select park_code, name from park_result").fetchall()),
        departments=load_contract(FEEDS).departments,
        edition=f"{title['title']}（{title['document_no']}）",
    )


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of the release in `folder`."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest
