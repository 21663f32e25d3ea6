"""The published tables as the models describe them (`dbt_project/models/published/_published.yml`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.transform import parsed_manifest


@dataclass(frozen=True)
class PublishedColumn:
    """A column: its Chinese label, unit, definition in English and Chinese, clause and who may see it (public
    or restricted).

    What is `compared` is told of where two releases differ: what a person can read.
    """

    name: str
    label_zh: str
    definition: str
    definition_zh: str
    sensitivity: str
    unit: str | None = None
    clause: str | None = None
    compared: bool = True

    @property
    def comment(self) -> str:
        """What the database says of the column: label, unit, definition in both languages and clause."""
        label = f"{self.label_zh}（{self.unit}）" if self.unit else self.label_zh
        source = f" [{self.clause}]" if self.clause else ""
        return f"{label}: {self.definition_zh}. {self.definition}{source}"


@dataclass(frozen=True)
class PublishedTable:
    """A table of a release: its key, its columns in order, the relation of the warehouse it comes from."""

    name: str
    relation: str
    description: str
    key: tuple[str, ...]
    public: bool
    columns: tuple[PublishedColumn, ...]


def _described(node: dict[str, Any]) -> PublishedTable:
    return PublishedTable(
        name=node["name"],
        relation=f"{node['schema']}.{node['name']}",
        description=node["description"],
        key=tuple(node["config"]["meta"]["key"]),
        public=node["config"]["meta"].get("public", False),
        columns=tuple(
            PublishedColumn(name=column["name"], definition=column["description"], **column["config"]["meta"])
            for column in node["columns"].values()
        ),
    )


@cache
def published_tables() -> tuple[PublishedTable, ...]:
    """Every published table, by name."""
    manifest = json.loads(Path(parsed_manifest()).read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    nodes = [node for node in models if "published" in node["fqn"]]
    sources = [source for source in manifest["sources"].values() if source["source_name"] == "judgement"]
    return tuple(sorted((_described(node) for node in nodes + sources), key=lambda table: table.name))
