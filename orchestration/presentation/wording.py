"""What a release calls its columns and codes in Chinese: read from it, so that nothing is typed twice.

Labels and units come from its `column_dictionary`, regions, counties and indicators from the method that it
carries, departments from the contract, what the models decide from its `code_list` (`data/wordings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.intake.contract import Contract, load_contract
from orchestration.policy import LAND, load_policy
from orchestration.release.reading import open_release, read_manifest
from orchestration.settings import FEEDS
from orchestration.wordings import SHIPPED, Words

INTERNAL = "内部资料"  # on every page and sheet that is for the office

# What is said before there is a release.
STAGES, LEVELS, SEVERITIES = (SHIPPED[subject] for subject in ("stage", "level", "severity"))


def filled(sentence: str, figures: Mapping[str, object]) -> str:
    """A sentence with the figures put in that stand in braces; what is not among them stays."""
    return re.sub(r"\{(\w+)\}", lambda place: str(figures.get(place[1], place[0])), sentence)


@dataclass(frozen=True)
class Wording:
    """The Chinese words of one release: of its tables, of its columns by (table, column), of codes by code,
    `codes` the labels of every code by subject and code, `sentences` what is said of those that the models
    make, `clauses` what of the policy that follows.

    `indicators` holds label and unit, those of the scores first, in the order of the method; `fractions` the
    numerator, denominator and factor of those of the scores.
    """

    edition: str
    tables: Mapping[str, str]
    labels: Mapping[tuple[str, str], str]
    units_of_measure: Mapping[tuple[str, str], str]
    indicators: Mapping[str, tuple[str, str]]
    fractions: Mapping[str, tuple[str, str, int]]
    regions: Mapping[str, str]
    counties: Mapping[str, str]
    parks: Mapping[str, str]
    departments: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    sentences: Mapping[tuple[str, str], str]
    clauses: Mapping[tuple[str, str], str]

    def amounts(self, indicators: Collection[str]) -> list[str]:
        """What some indicators are made of, but land."""
        parts = (part for code in self.fractions if code in indicators for part in self.fractions[code][:2])
        return [part for part in dict.fromkeys(parts) if part != LAND]

    @property
    def groups(self) -> dict[str, str]:
        """The names of what units are measured and ranked in: regions and counties."""
        return {**self.regions, **self.counties}


def read_wording(folder: Path) -> Wording:
    """The words of the release in `folder`."""
    edition = read_manifest(folder)["edition"]
    policy = load_policy(folder / "policy")

    def rows(table: str) -> list[dict[str, Any]]:
        return [row for row in policy.rows(table) if row["edition"] == edition]

    indicators: dict[str, tuple[str, str]] = {}
    for row in sorted(rows("indicators"), key=lambda row: row["position"]) + rows("targets"):
        indicators.setdefault(row["indicator"], (row["indicator_zh"], row["unit"]))
    (method,) = rows("editions")
    contract = contract_of(folder)
    figures = {
        ("enterprise_source", column.name): column.label
        for feed in contract.feeds.values()
        for column in feed.columns.values()
        if column.measure
    }
    with open_release(folder) as release:
        tables = release.execute("select table_name, comment from duckdb_tables()").fetchall()
        columns = release.execute(
            "select table_name, column_name, label_zh, unit from column_dictionary"
        ).fetchall()
        words = _words(release.execute("select subject, code, label_zh from code_list").fetchall(), rows)
        sentences = release.execute(
            "select subject, code, sentence_zh, clause from code_list where sentence_zh is not null"
        ).fetchall()
        parks = release.execute("select park_code, name from park_result").fetchall()
    return Wording(
        edition=f"{method['title']}（{method['document_no']}）",
        tables={table: comment.split(":")[0] for table, comment in tables if comment},
        labels=figures | {(table, column): label for table, column, label, _ in columns},
        units_of_measure={(table, column): unit for table, column, _, unit in columns if unit},
        indicators=indicators,
        fractions=policy.fractions(edition),
        regions={row["region"]: row["region_zh"] for row in rows("regions")},
        counties=policy.counties,
        parks=dict(parks),
        departments=contract.departments,
        codes=words,
        sentences={(subject, code): sentence for subject, code, sentence, _ in sentences},
        clauses={(subject, code): clause for subject, code, _, clause in sentences},
    )


def _words(
    listed: Iterable[tuple[str, str, str | None]], method: Callable[[str], list[dict[str, Any]]]
) -> Words:
    """The labels of a release by subject and code; of what the models make those of the project where it was
    made by an earlier version, which published none."""
    parameters = {row["parameter"]: row["value"] for row in method("parameters")}
    words = {
        subject: {code: filled(label, parameters) for code, label in labels.items()}
        for subject, labels in SHIPPED.items()
    }
    for subject, code, label in listed:
        if label is not None:
            words.setdefault(subject, {})[code] = label
    return words


def contract_of(folder: Path) -> Contract:
    """The contract that the release in `folder` carries; that of the project for one of 0.1.0, which has
    none."""
    feeds = folder / "feeds"
    return load_contract(feeds if feeds.is_dir() else FEEDS)


def draft_mark(manifest: Mapping[str, Any]) -> str:
    """What stands on every page and sheet of a draft: that it is none to publish, and whether the method is
    no more than a trial. Blank for what is published."""
    if manifest["for_publication"]:
        return ""
    stands = manifest.get("stands_beside")
    beside = f"现行结果为 {manifest['year']}/{stands}，本稿与之并存，不替代它" if stands else None
    return "；".join(filter(None, ("测算稿，仅供核对，不得公布", beside, manifest.get("trial"))))
