"""What the models of the year make of changed figures: each change as a county of its own that has all the
enterprises of the county, so that a hundred are computed at once and none sees another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from orchestration.policy import load_policy
from orchestration.rows import Row, fetch
from orchestration.settings import policy_folder
from tests.unit.test_scores import compiled

MODELS = (
    *("int_indicators__units", "int_measures", "int_standards", "int_items", "int_totals", "int_ranks"),
    "int_class_borders",
)
_ZERO = 0.005 / 10_000  # of tax, in 万元: nothing to the cent


def computed(
    home: Path,
    folder: Path,
    units: Sequence[Row],
    quotas: Row,
    cases: Sequence[tuple[str, Mapping[str, Any]]],
) -> list[dict[str, tuple[Any, ...]]]:
    """Of each case, a unit and its changes: total, rank and class by uscc."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUJUN_HOME", str(home))
        patch.setenv("MUJUN_YEAR", "2024")
        sql = compiled(MODELS, folder)
    policy = load_policy(policy_folder())
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as mujun; use mujun; create schema landing")
    parameters = {row["parameter"]: [row["value"]] for row in policy.rows("parameters")}
    rows = [
        {**unit, **(changes if unit["uscc"] == uscc else {}), "county_code": str(case), "year": 2024}
        for case, (uscc, changes) in enumerate(cases)
        for unit in units
    ]
    for row in rows:
        no_tax = row["tax"] is not None and abs(row["tax"]) < _ZERO
        if row["treatment"] != "transition":
            row["treatment"] = "vetoed" if no_tax or row["veto_reason"] == "suspended" else "classified"
    rules = [{**quotas, "county_code": str(case)} for case in range(len(cases))]
    given = {
        f"landing.policy_{name}": policy.tables[name] for name in ("tiers", "quotas", "weights", "indicators")
    }
    given |= {
        "stg_policy__parameters": pa.table(parameters),
        "stg_commission__county_rules": pa.Table.from_pylist(rules),
        "int_units": pa.Table.from_pylist(rows),
    }
    for name, table in given.items():
        connection.register("given", table)
        connection.execute(f"create table {name} as from given")
    indicators = ", ".join(f"{row['indicator']} double" for row in policy.rows("indicators"))
    connection.execute(
        f"""
        alter table stg_policy__parameters alter score_decimals type integer;
        create table int_territories__sums
            (year integer, level varchar, code varchar, region varchar, emissions double, deduction integer);
        create table int_indicators__territories (level varchar, code varchar, {indicators})
        """
    )
    for model in MODELS:
        connection.execute(f"create table {model} as {sql[model]}")
    found: list[dict[str, tuple[Any, ...]]] = [{} for _ in cases]
    for row in fetch(
        connection,
        """
        select
            units.county_code, units.uscc, totals.total_score, ranks.rank,
            case
                when units.treatment = 'vetoed' then 'D'
                when ranks.rank <= last_a then 'A'
                when ranks.rank <= last_b then 'B'
                when ranks.rank <= last_c then 'C'
                when ranks.rank is not null then 'D'
            end as class
        from int_units as units
        left join int_totals as totals on units.county_code = totals.county_code and units.uscc = totals.code
        left join int_ranks as ranks on units.county_code = ranks.county_code and units.uscc = ranks.code
        left join int_class_borders as borders on units.county_code = borders.county_code
        """,
    ):
        found[int(row["county_code"])][row["uscc"]] = (row["total_score"], row["rank"], row["class"])
    connection.close()
    return found
