"""The published tables as the models describe them (`dbt_project/models/published/_published.yml`)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.transform import parsed_manifest

TABLE_KEY = "table_key"
TABLE_KEY_SAYS = "表的主键和关联: the key of each table, and by which columns its rows find theirs in another"
TABLE_KEY_COLUMNS = {
    "table_name": "表: Table that the column is in",
    "column_name": "列: Name of the column",
    "key_position": "主键中的位置: Place of the column in its table's key, from 1; null where in none",
    "refers_to_table": "关联的表: Table where a row without nulls in these columns has its row; null: none",
    "refers_to_column": "关联的列: Column of that table, one of its key, that has the same value",
}


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
    """A table of a release: its key, its columns in order, the relation of the warehouse it comes from.

    `refers_to` says by table which columns hold that table's key, in the order of the key. Every row in
    which none of them is null finds its row there.
    """

    name: str
    relation: str
    description: str
    key: tuple[str, ...]
    public: bool
    columns: tuple[PublishedColumn, ...]
    refers_to: Mapping[str, tuple[str, ...]]


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
        refers_to={
            table: tuple(columns)
            for table, columns in sorted(node["config"]["meta"].get("refers_to", {}).items())
        },
    )


@cache
def published_tables() -> tuple[PublishedTable, ...]:
    """Every published table, by name."""
    manifest = json.loads(Path(parsed_manifest()).read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    nodes = [node for node in models if "published" in node["fqn"]]
    sources = [source for source in manifest["sources"].values() if source["source_name"] == "judgement"]
    return tuple(sorted((_described(node) for node in nodes + sources), key=lambda table: table.name))


def table_keys(there: Collection[str]) -> pa.Table:
    """The keys of the tables `there`, and how these join (`TABLE_KEY_COLUMNS`): a row per table, column of
    its key or of a reference, and table referred to."""
    tables = {table.name: table for table in published_tables() if table.name in there}
    rows: list[tuple[str, str, int | None, str | None, str | None]] = []
    for table in tables.values():
        for column in (column.name for column in table.columns):
            place = table.key.index(column) + 1 if column in table.key else None
            targets = [
                (name, tables[name].key[columns.index(column)])
                for name, columns in table.refers_to.items()
                if name in tables and column in columns
            ]
            rows += [(table.name, column, place, *target) for target in targets]
            if place is not None and not targets:
                rows.append((table.name, column, place, None, None))
    types = (pa.string(), pa.string(), pa.int32(), pa.string(), pa.string())
    columns = (pa.array(values, of) for values, of in zip(zip(*rows, strict=True), types, strict=True))
    return pa.table(dict(zip(TABLE_KEY_COLUMNS, columns, strict=True)))
