"""The landing: tables as Parquet that any engine reads, one folder per year, replaced whole."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def land(landing: Path, table: str, year: int, rows: pa.Table) -> Path:
    """Write `rows` as `<landing>/<table>/year=<year>/rows.parquet`, whole or not at all; returns the path."""
    folder = landing / table / f"year={year}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rows.parquet"
    aside = folder / "rows.parquet.part"
    pq.write_table(rows, aside)
    aside.replace(path)
    return path
