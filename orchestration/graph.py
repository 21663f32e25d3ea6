"""Which assets there are and what each comes from, as the contract, the dbt project and the catalogue say.

Belongs here: the asset of a landed table, of a model, of a rule, and what the definitions tell of each. Does
not: what makes them, and what a run tells (`assets`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

from expectations.catalogue import Rule, load_catalogue
from orchestration.intake.contract import Column, load_contract
from orchestration.settings import FEEDS
from orchestration.transform import parsed_manifest

CONTRACT = load_contract(FEEDS)
RULES = load_catalogue()
JUDGEMENT = dg.AssetKey("judgement")
OFFICE = ("team:commission",)  # it answers for the method, and for what is computed by it

_NODES = json.loads(parsed_manifest().read_text(encoding="utf-8"))
_MODELS: Mapping[str, Mapping[str, Any]] = {
    node["name"]: node for node in _NODES["nodes"].values() if node["resource_type"] == "model"
}
_VIEWS = ("staging", "checks")


_TOGETHER = {
    **dict.fromkeys(("feed", "run", "wording", "changed"), "policy"),
    **dict.fromkeys(("base", "notice"), "previous"),
}


def landing_asset(table: str) -> dg.AssetKey:
    """A landed feed is an asset of its own; the tables about the drops, those of the method and its wordings,
    and those of earlier releases are one each."""
    about = table if table in CONTRACT.feeds else table.split("_")[0]
    return dg.AssetKey(["landing", _TOGETHER.get(about, about)])


INTAKE, POLICY, PREVIOUS = (
    landing_asset(table) for table in ("intake_file", "policy_weights", "previous_release")
)


def inbox_specs() -> list[dg.AssetSpec]:
    """The folder of each department."""
    return [
        dg.AssetSpec(
            dg.AssetKey(["inbox", department]),
            description=f"What {name} has dropped",
            group_name="inbox",
            owners=[f"team:{department}"],
            kinds={"excel", "csv"},
        )
        for department, name in CONTRACT.departments.items()
    ]


def feed_specs() -> list[dg.AssetSpec]:
    """Each landed feed, and the tables about the drops."""
    return [
        *(
            dg.AssetSpec(
                landing_asset(feed.name),
                deps=[dg.AssetKey(["inbox", feed.department])],
                description=f"{feed.label}: {feed.grain}",
                group_name="feeds",
                owners=[f"team:{feed.department}"],
                kinds={"parquet"},
                metadata={
                    "dagster/column_schema": dg.TableSchema(
                        [_delivered(column) for column in feed.every_column.values()]
                    )
                },
            )
            for feed in CONTRACT.feeds.values()
        ),
        dg.AssetSpec(
            INTAKE,
            deps=[spec.key for spec in inbox_specs()],
            description="Which files were dropped, and what was wrong with them",
            group_name="feeds",
            owners=OFFICE,
            kinds={"parquet"},
        ),
    ]


def _delivered(column: Column) -> dg.TableColumn:
    """A column as the contract has it; the label is that of the newest year."""
    unit = f" ({column.unit})" if column.unit else ""
    constraints = dg.TableColumnConstraints(nullable=not column.required)
    return dg.TableColumn(column.name, column.type, f"{column.label}{unit}", constraints)


def method_specs() -> list[dg.AssetSpec]:
    """What a run lays down beside the feeds."""
    told = {
        POLICY: "The method as the run found it, and what each feed owes",
        PREVIOUS: "The earlier releases that the year is compared with",
    }
    return [
        dg.AssetSpec(key, description=text, group_name="policy", owners=OFFICE, kinds={"parquet"})
        for key, text in told.items()
    ]


def _folder(node: Mapping[str, Any]) -> str:
    return str(node["fqn"][1])


def _model_asset(node: Mapping[str, Any]) -> dg.AssetKey:
    """A published table is an asset of its own; what leads to it is one asset per folder of models."""
    return dg.AssetKey(node["name"] if _folder(node) == "published" else _folder(node))


def _upstream(node: Mapping[str, Any]) -> set[dg.AssetKey]:
    """The assets that a model reads, through the views between, which hold nothing."""
    found: set[dg.AssetKey] = set()
    for parent_id in node["depends_on"]["nodes"]:
        if source := _NODES["sources"].get(parent_id):
            found.add(landing_asset(source["name"]))
        elif _folder(parent := _NODES["nodes"][parent_id]) in _VIEWS:
            found |= _upstream(parent)
        else:
            found.add(_model_asset(parent))
    return found


def _read_by(node: Mapping[str, Any]) -> set[dg.AssetKey]:
    """The assets that the rows of a model stand in."""
    return _upstream(node) if _folder(node) in _VIEWS else {_model_asset(node)}


def _tables() -> dict[dg.AssetKey, list[str]]:
    found: dict[dg.AssetKey, list[str]] = {}
    for name in sorted(_MODELS):
        if _folder(_MODELS[name]) not in _VIEWS:
            found.setdefault(_model_asset(_MODELS[name]), []).append(name)
    return found


# The models that each asset holds.
TABLES: Mapping[dg.AssetKey, Sequence[str]] = _tables()


def model_specs() -> list[dg.AssetSpec]:
    """The assets of the models, each after those it reads."""
    deps = _model_deps()
    return [
        dg.AssetSpec(
            key,
            deps=sorted(deps[key]),
            description=_described(key),
            group_name="published" if is_published(key) else "models",
            owners=OFFICE,
            kinds={"dbt", "duckdb"},
        )
        for key in TopologicalSorter(deps).static_order()
        if key in deps
    ]


@cache
def _model_deps() -> Mapping[dg.AssetKey, frozenset[dg.AssetKey]]:
    return {
        key: frozenset(parent for name in names for parent in _upstream(_MODELS[name])) - {key}
        for key, names in TABLES.items()
    }


def is_published(key: dg.AssetKey) -> bool:
    return all(_folder(_MODELS[name]) == "published" for name in TABLES[key])


def _described(key: dg.AssetKey) -> str:
    texts = [(name, _MODELS[name]["description"]) for name in TABLES[key]]
    return texts[0][1] if is_published(key) else "\n".join(f"- `{name}`: {text}" for name, text in texts)


def columns_of(table: str, types: Mapping[str, str]) -> dg.TableSchema:
    """The columns of a published table with the `types` that they have, as far as the dictionary describes
    them."""
    known = _MODELS[table]["columns"]
    return dg.TableSchema(
        [dg.TableColumn(name, type_, _meaning(known.get(name))) for name, type_ in types.items()]
    )


def _meaning(column: Mapping[str, Any] | None) -> str | None:
    if column is None:
        return None
    meta = column["meta"]
    unit = f" ({meta['unit']})" if meta.get("unit") else ""
    return f"{meta.get('label_zh', column['name'])}{unit}: {column['description']}"


def judged_asset(rule: Rule) -> dg.AssetKey:
    """The asset that a rule speaks of.

    Where a department delivers what is judged, its landed feed: of those behind the figures the one that has
    the rule's key, else the first. A figure made of several feeds is judged where they have met: in the first
    asset, of those that the rule reads, that comes from all of them. A rule without delivered figures speaks
    of the last asset that it reads.
    """
    sources = [tuple(figure.source) for figure in rule.figures if figure.source]
    read = sorted(_read_by(_MODELS[rule.of]) if rule.of else (), key=_place)
    if not sources:
        return read[-1]
    if len(sources[0]) > 1:
        needed = {landing_asset(feed) for feed in sources[0]}
        for key in read:
            if needed <= _ancestors(key):
                return key
    feeds = [feed for source in sources for feed in source]
    of_this_key = [feed for feed in feeds if CONTRACT.feeds[feed].key == rule.key]
    return landing_asset([*of_this_key, *feeds][0])


def _place(key: dg.AssetKey) -> tuple[int, str]:
    """How many assets a thing comes from, which grows from what is landed to what is published."""
    return len(_ancestors(key)), key.to_user_string()


@cache
def _ancestors(key: dg.AssetKey) -> frozenset[dg.AssetKey]:
    parents = _parents().get(key, frozenset())
    return parents.union(*(_ancestors(parent) for parent in parents))


@cache
def _parents() -> Mapping[dg.AssetKey, frozenset[dg.AssetKey]]:
    landed = {spec.key: frozenset(dep.asset_key for dep in spec.deps) for spec in feed_specs()}
    return {**landed, **_model_deps()}
