"""What dbt promises of a model holds for the project's own materializations too (docs/decisions/0003)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.settings import DBT_PROJECT

HOOKS = {
    "+pre-hook": "create table if not exists before_it (x integer)",
    "+post-hook": "insert into before_it values (1)",
}
COLUMNS = [
    {"name": "year", "data_type": "integer"},
    {"name": "x", "data_type": "integer", "description": "a column"},
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with these materializations and one model of each."""
    monkeypatch.setenv("MUJUN_YEAR", "2024")
    profile = {"type": "duckdb", "path": str(tmp_path / "warehouse.duckdb")}
    write(tmp_path / "profiles.yml", {"p": {"target": "t", "outputs": {"t": profile}}})
    write(
        tmp_path / "dbt_project.yml",
        {
            "name": "p", "profile": "p", "version": "1.0", "macro-paths": [str(DBT_PROJECT / "macros")],
            "flags": {"send_anonymous_usage_stats": False},
            "models": {"+persist_docs": {"relation": True, "columns": True}, **HOOKS},
        },
    )  # fmt: skip
    models = [
        {
            "name": name,
            "description": f"a {name}",
            "columns": COLUMNS,
            "config": {"contract": {"enforced": name != "v"}, "on_schema_change": "fail"},
        }
        for name in ("v", "t", "i")
    ]
    write(tmp_path / "models" / "models.yml", {"version": 2, "models": models})
    for name, kind in (("v", "view"), ("t", "table"), ("i", "incremental")):
        model(tmp_path, name, kind, "select 2024::integer as year, 1::integer as x")
    return tmp_path


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def model(project: Path, name: str, kind: str, sql: str) -> None:
    (project / "models" / f"{name}.sql").write_text(
        f"{{{{ config(materialized='{kind}') }}}}\n{sql}", "utf-8"
    )


def run(project: Path, *options: str) -> list[str]:
    """Run the models; returns what failed, as dbt says it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    folders = {"project-dir": project, "profiles-dir": project, "target-path": project / "target"}
    named = [part for name, folder in folders.items() for part in (f"--{name}", str(folder))]
    result = dbtRunner().invoke(["--quiet", "--log-level-file", "none", "run", *named, *options])
    DuckDBConnectionManager.close_all_connections()
    assert result.exception is None, result.exception
    return [node.message for node in result.result.results if node.status != "success"]


def rows(project: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "warehouse.duckdb")) as connection:
        return connection.execute(sql).fetchall()


def test_hooks_comments_full_refresh_and_contracts(project: Path) -> None:
    assert run(project) == []
    assert rows(project, "select count(*) from before_it") == [(3,)]
    assert rows(
        project,
        """select comment from duckdb_tables() where table_name in ('t', 'i')
           union all select comment from duckdb_views() where view_name = 'v' order by all""",
    ) == [("a i",), ("a t",), ("a v",)]
    assert ("a column",) in rows(project, "select comment from duckdb_columns() where table_name = 'i'")

    rows(project, "insert into i values (2023, 7), (2024, 9)")
    assert run(project) == []
    assert rows(project, "from i order by all") == [(2023, 7), (2024, 1)]
    assert run(project, "--full-refresh") == []
    assert rows(project, "from i") == [(2024, 1)]

    # A model that becomes another kind of relation, and one that breaks its contract.
    model(project, "v", "table", "select 2024::integer as year, 2::integer as x")
    model(project, "t", "table", "select 2024::integer as year, 'text' as x")
    (failed,) = run(project)
    assert "contract" in failed
    assert rows(project, "select x from v union all select x from t order by all") == [(1,), (2,)]


def test_a_large_table_is_built_in_turns(project: Path) -> None:
    assert run(project) == []
    rows(project, "insert into i select 2024, range from range(8)")  # nine rows: three turns
    write(
        project / "models" / "more.yml",
        {"version": 2, "models": [{"name": "b", "config": {"meta": {"turns": {"of": "i", "rows": 4}}}}]},
    )
    counties = "select n::varchar as county_code, getvariable('turn') as turn from range(60) as counties(n)"
    model(project, "b", "table", f"from ({counties}) where {{{{ in_turn('county_code') }}}}")
    assert run(project, "--select", "b") == []
    assert rows(
        project, "select count(*), count(distinct county_code), list_sort(list(distinct turn)) from b"
    ) == [(60, 60, [0, 1, 2])]
