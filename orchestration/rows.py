"""Queries: their rows by the names of the columns, and several of them at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import duckdb

Row = dict[str, Any]
Answer = TypeVar("Answer")


def at_once(
    connection: duckdb.DuckDBPyConnection,
    ask: Callable[[duckdb.DuckDBPyConnection, str], Answer],
    names: Iterable[str],
) -> list[Answer]:
    """What `ask` gives for each of the names, by a cursor of its own: as many at once as the machine has
    processors, since most look at too few rows for DuckDB to divide them."""

    def asked(name: str) -> Answer:
        with connection.cursor() as cursor:
            return ask(cursor, name)

    with ThreadPoolExecutor(os.cpu_count()) as beside:
        return [*beside.map(asked, names)]


def fetch(connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> list[Row]:
    """The rows that `query` gives, each by column."""
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
