"""Queries: their rows by the names of the columns, and several of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import duckdb

from orchestration.settings import queries_at_once

Row = dict[str, Any]
Answer = TypeVar("Answer")


def at_once(
    connection: duckdb.DuckDBPyConnection,
    ask: Callable[[duckdb.DuckDBPyConnection, str], Answer],
    names: Iterable[str],
) -> list[Answer]:
    """What `ask` gives for each of the names, by a cursor of its own that has one thread: several at once,
    since most look at too few rows for DuckDB to divide them. A cursor sees what is committed, and no
    temporary table. The number of threads is that of the whole database meanwhile: not for what is asked so
    itself."""

    def asked(name: str) -> Answer:
        with connection.cursor() as cursor:
            return ask(cursor, name)

    ((threads,),) = connection.execute("select current_setting('threads')").fetchall()
    connection.execute("set threads = 1")
    try:
        with ThreadPoolExecutor(queries_at_once()) as beside:
            return [*beside.map(asked, names)]
    finally:
        connection.execute("set threads = $threads", {"threads": threads})


def fetch(connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> list[Row]:
    """The rows that `query` gives, each by column."""
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
