"""How the rows of two releases differ: which of each table came, went or were altered, and in what columns.

Belongs here: comparing tables row by row. Does not: what the differences mean for anyone (`diff`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import duckdb

from orchestration.release.schema import published_tables
from orchestration.rows import Row, fetch

# What tells of columns that came, went or mean another thing; not published from a model.
_DICTIONARY = ("column_dictionary", ("table_name", "column_name"))
_LISTED = 200  # changed rows of a table that are listed; all of them are counted


def changed_tables(connection: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    """What became of the rows of each published table of the databases `a` and `b`. The year is no part of a
    row's identity, so that years can be compared.

    Each table has `table`, `before` and `after` (how many rows; null where it is not there), `new`, `gone`,
    `altered` (how many), `columns` (how many rows altered each) and `rows` (the first ones: `change`, `key`,
    and `cells`, each with `what`, `before`, `after`).
    """
    columns: dict[str, dict[str, dict[str, str]]] = {"a": {}, "b": {}}
    for side, table, column, of_type in connection.execute(
        """select database_name, table_name, column_name, data_type from duckdb_columns()
           where database_name in ('a', 'b') and column_name <> 'year' order by column_index"""
    ).fetchall():
        columns[side].setdefault(table, {})[column] = of_type
    passed_over = {
        (t.name, column.name) for t in published_tables() for column in t.columns if not column.compared
    }
    for table, table_key in (*((table.name, table.key) for table in published_tables()), _DICTIONARY):
        a, b = columns["a"].get(table), columns["b"].get(table)
        if a is not None and b is not None:
            key = [name for name in table_key if name in a and name in b]
            common = {
                name: of_type
                for name, of_type in a.items()
                if name in b and name not in key and (table, name) not in passed_over
            }
            yield _table(connection, table, key, common)
        elif a is not None or b is not None:
            side = "a" if b is None else "b"
            ((count,),) = connection.execute(f"select count(*) from {side}.{table}").fetchall()
            yield {
                "table": table,
                "before": None if a is None else count,
                "after": None if b is None else count,
                "new": count if a is None else 0,
                "gone": count if b is None else 0,
                "altered": 0,
                "columns": {},
                "rows": [],
            }


def _table(
    connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], columns: Mapping[str, str]
) -> Row:
    same_key = " and ".join(f"a.{name} is not distinct from b.{name}" for name in key)
    maps = [name for name, of_type in columns.items() if of_type.startswith("MAP")]
    differing = {
        name: f'{"figures_differ" if of_type == "DOUBLE" else "differs"}(a."{name}", b."{name}")'
        for name, of_type in columns.items()
        if name not in maps
    }
    single = ", ".join(
        f"""case when {differs} then struct_pack(
            what := '{name}', before := to_json(a."{name}"), after := to_json(b."{name}")) end"""
        for name, differs in differing.items()
    )
    # Of a map each figure is a cell, by its own name.
    mapped = {
        name: f"""list_transform(
            list_filter(
                list_distinct(map_keys(a."{name}") || map_keys(b."{name}")),
                lambda key: figures_differ(a."{name}"[key], b."{name}"[key])
            ),
            lambda key: struct_pack(
                what := key, before := to_json(a."{name}"[key]), after := to_json(b."{name}"[key])
            )
        )"""
        for name in maps
    }
    cells = " || ".join([f"list_filter([{single}], lambda cell: cell is not null)", *mapped.values()])
    differs = " or ".join([*differing.values(), *(f"len({cells_of}) > 0" for cells_of in mapped.values())])
    connection.execute(
        f"""
        create or replace table changed as
        select
            case when a.here is null then 'new' when b.here is null then 'gone' else 'altered' end as change,
            [{", ".join(f"coalesce(a.{name}, b.{name})::varchar" for name in key)}] as key,
            case when a.here and b.here then {cells} else [] end as cells
        from (select *, true as here from a.{table}) as a
        full join (select *, true as here from b.{table}) as b on {same_key}
        where a.here is null or b.here is null or {differs}
        """
    )
    (counts,) = fetch(
        connection,
        f"""
        select
            (select count(*) from a.{table}) as before,
            (select count(*) from b.{table}) as after,
            count(*) filter (change = 'new') as new,
            count(*) filter (change = 'gone') as gone,
            count(*) filter (change = 'altered') as altered
        from changed
        """,
    )
    altered = connection.execute(
        """
        select cell.what, count(*) from (select unnest(cells) as cell from changed)
        group by all order by count(*) desc, cell.what
        """
    ).fetchall()
    rows = fetch(connection, f"from changed order by key, change limit {_LISTED}")
    for cell in (cell for row in rows for cell in row["cells"]):
        cell |= {side: json.loads(cell[side] or "null") for side in ("before", "after")}
    return {"table": table, **counts, "columns": dict(altered), "rows": rows}
