"""The page for the public: classes, rankings, who may object, the method, made from the public package alone.

Belongs here: which public table the page gets. Does not: what is public (`packages`, `disclosure`), what is
said of objections (`notice`) and of the method (`method`), how the page looks (`site_files/public.js`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.policy import load_policy
from orchestration.presentation import public_list
from orchestration.presentation.method import in_half_a_page
from orchestration.presentation.notice import objections
from orchestration.presentation.package_guides import DICTIONARY, README
from orchestration.presentation.pages import alone, safe_json
from orchestration.presentation.wording import LEVELS, STAGES, Wording, read_wording
from orchestration.release.reading import PUBLIC, read_manifest

NAME = "index.html"
_SCRIPTS = ("common.js", "charts.js", "public.js")
_LISTED = ("uscc", "enterprise_name", "county_code", "class")


def write_public_page(folder: Path) -> None:
    """Write `index.html` into the public package of the release in `folder`, where it has one."""
    manifest, package = read_manifest(folder), folder / PUBLIC
    if not manifest["for_publication"]:
        return
    wording = read_wording(folder)
    tables = {path.stem: pq.read_table(path) for path in sorted(package.glob("*.parquet"))}
    said = _said(folder, manifest, wording, tables)
    page = alone(
        "public.html.j2",
        _SCRIPTS,
        {"SHARED": safe_json(said), "PUBLIC": safe_json(_public(tables))},
        title=f"{manifest['year']}年度制造业亩均效益综合评价结果（{STAGES[manifest['stage']]}）",
        year=manifest["year"],
        stage=manifest["stage"],
        stage_zh=STAGES[manifest["stage"]],
        edition=wording.edition,
        release=manifest["release"],
    )
    (package / NAME).write_text(page, encoding="utf-8")


def _public(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """The public rows by table; enterprises as arrays of code, name, county and class, in an order that tells
    no rank: by county, class, code."""
    enterprises = tables["enterprise_result"].sort_by(
        [("county_code", "ascending"), ("class", "ascending"), ("uscc", "ascending")]
    )
    rows = {name: table.to_pylist() for name, table in tables.items() if name != "enterprise_result"}
    columns = (enterprises[name].to_pylist() for name in _LISTED)
    return {**rows, "enterprise_result": list(zip(*columns, strict=True))}


def _said(
    folder: Path, manifest: Mapping[str, Any], wording: Wording, tables: Mapping[str, pa.Table]
) -> dict[str, Any]:
    """What the page says beside the rows, under the names that the scripts of every page know."""
    policy = load_policy(folder / "policy")
    growth_units = {
        row["indicator"]: row["growth_unit"]
        for row in policy.rows("targets")
        if row["edition"] == manifest["edition"]
    }
    results = tables["enterprise_result"].select(["county_code", "county_name", "region"]).to_pylist()
    territories = tables["county_result"].to_pylist()
    counties = {row["county_code"]: {"name": row["name"], "region": row["region"]} for row in territories}
    counties |= {row["county_code"]: {"name": row["county_name"], "region": row["region"]} for row in results}
    return {
        "year": manifest["year"],
        "stage": manifest["stage"],
        "regions": wording.regions,
        "counties": dict(sorted(counties.items())),
        "levels": LEVELS,
        "indicators": wording.indicators,
        "fractions": wording.fractions,
        "growth_units": growth_units,
        "treatments": {"transition": wording.codes["treatment"]["transition"]},
        "veto_reasons": list(wording.codes["veto_reason"].values()),
        "notice": list(objections(folder, wording)),
        "method": in_half_a_page(folder, wording),
        "tables": {name: wording.tables.get(name, name) for name in tables},
        "list": public_list.NAME,
        "dictionary": DICTIONARY,
        "readme": README,
    }
