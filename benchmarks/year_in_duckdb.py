"""The results of enterprises by hand in DuckDB: `python benchmarks/year_in_duckdb.py LANDING OUT`.

LANDING is what a run has landed of one year; enterprise_result and enterprise_item are written into OUT.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def main(landing: Path, out: Path) -> None:
    with duckdb.connect() as database:
        for rows in landing.glob("*/*/rows.parquet"):
            database.read_parquet(str(rows), hive_partitioning=True).create_view(rows.parts[-3])
        database.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
        database.table("results").write_parquet(str(out / "enterprise_result.parquet"))
        database.table("items").write_parquet(str(out / "enterprise_item.parquet"))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
