"""The landing: tables as Parquet that any engine reads, one folder per year, replaced whole."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def land(landing: Path, table: str, year: int, rows: pa.Table) -> Path:
    """Write `rows` as `<landing>/<table>/year=<year>/rows.parquet`, whole or not at all; returns the path."""
    path = _path(landing, table, year)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name("rows.parquet.part")
    pq.write_table(rows, aside)
    aside.replace(path)
    return path


def landed(landing: Path, table: str, year: int) -> pa.Table | None:
    """The rows of `year`; None where none were landed."""
    path = _path(landing, table, year)
    return pq.ParquetFile(path).read() if path.is_file() else None


def _path(landing: Path, table: str, year: int) -> Path:
    return landing / table / f"year={year}" / "rows.parquet"
