"""The landing: tables as Parquet that any engine reads, one folder per year, replaced whole.

All of it follows from the archive and the method: a table that cannot be read counts as not landed, and is
made anew by the next run.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.files import write_whole


def land(landing: Path, table: str, year: int, rows: pa.Table) -> Path:
    """Write `rows` as `<landing>/<table>/year=<year>/rows.parquet`, whole or not at all; returns the path."""
    path = landed_file(landing, table, year)
    write_whole(path, lambda stream: pq.write_table(rows, stream))
    return path


def landed(landing: Path, table: str, year: int, schema: pa.Schema | None = None) -> pa.Table | None:
    """The rows of `year`; None where none were landed, or what is there cannot be read or lacks columns of
    `schema`."""
    path = landed_file(landing, table, year)
    try:
        rows = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException):
        return None
    return rows if schema is None or set(schema.names) <= set(rows.schema.names) else None


def landed_file(landing: Path, table: str, year: int) -> Path:
    """Where a table of `year` lies once it is landed."""
    return landing / table / f"year={year}" / "rows.parquet"


def landed_years(landing: Path, table: str) -> list[int]:
    """The years of which a table has a folder."""
    folders = (landing / table).glob("year=[0-9][0-9][0-9][0-9]")
    return sorted(int(folder.name.removeprefix("year=")) for folder in folders)
