"""Rows of a query by the names of their columns."""

from __future__ import annotations

from typing import Any

import duckdb

Row = dict[str, Any]


def fetch(connection: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> list[Row]:
    """The rows that `query` gives, each by column."""
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
