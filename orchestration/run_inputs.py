"""What a run lays down beside the departments' feeds: the method, the contract, last year's release.

Belongs here: landing them as tables for the models. Does not: the feeds themselves (`intake`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.intake.contract import Contract
from orchestration.landing import land
from orchestration.policy import Policy

# What the models compare with of the release of the year before: table, its columns and their types.
PREVIOUS_TABLES: Mapping[str, pa.Schema] = {
    "enterprise_result": pa.schema(
        {
            "county_code": pa.string(),
            "uscc": pa.string(),
            "value_added": pa.float64(),
            "tax": pa.float64(),
            "land_area_mu": pa.float64(),
            "average_headcount": pa.float64(),
        }
    ),
    "enterprise_member": pa.schema({"county_code": pa.string(), "uscc": pa.string()}),
    "city_target": pa.schema({"indicator": pa.string(), "value": pa.float64()}),
}


def land_policy(landing: Path, year: int, policy: Policy) -> list[str]:
    """Land every table of the method as `policy_<table>`; returns the names."""
    for name, rows in policy.tables.items():
        land(landing, f"policy_{name}", year, rows)
    return [f"policy_{name}" for name in policy.tables]


def land_contract(landing: Path, year: int, contract: Contract, stage: str) -> None:
    """Land what each feed owes at `stage` as `feed_contract`."""
    feeds = list(contract.feeds.values())
    land(
        landing,
        "feed_contract",
        year,
        pa.table(
            {
                "feed": [feed.name for feed in feeds],
                "label_zh": [feed.label for feed in feeds],
                "department": [feed.department for feed in feeds],
                "needed": [feed.needed_at(stage) for feed in feeds],
                "may_be_empty": [feed.may_be_empty for feed in feeds],
            }
        ),
    )


def land_previous_release(landing: Path, year: int, release: Path | None) -> None:
    """Land what is compared with the release of the year before; empty tables where there is none."""
    for name, schema in PREVIOUS_TABLES.items():
        rows = schema.empty_table()
        if release is not None:
            rows = pq.read_table(release / "parquet" / f"{name}.parquet", columns=schema.names).cast(schema)
        land(landing, f"previous_{name}", year, rows)
