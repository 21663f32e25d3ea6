"""What must be true of whole runs: order does not matter, again is the same, merging keeps every sum."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random

import duckdb
import pytest

from tests.conftest import Outcome
from tests.drops import CONTRACT, write_csv
from tests.golden.examples import Released, Row, golden_drop

WITH_SOURCES = (
    "enterprise_member",
    "enterprise_source",
    "enterprise_parcel",
    "enterprise_contract",
    "enterprise_event",
    "territory_incident",
)
SUMS = ("value_added", "tax", "average_headcount", "energy", "emissions", "revenue", "rd_expenditure")


def parquet(release: Path) -> dict[str, bytes]:
    """Every table of a release as its Parquet file, which is the same for the same rows."""
    return {path.stem: path.read_bytes() for path in (release / "parquet").glob("*.parquet")}


def without_sources(released: Released, table: str) -> list[str]:
    """The rows of a table but for the file and place that they came from."""
    return sorted(
        str({name: value for name, value in row.items() if not name.startswith("source_")})
        for row in released.tables[table]
    )


def differing(one: Path, other: Path) -> set[str]:
    """The tables in which two releases differ."""
    tables, others = parquet(one), parquet(other)
    assert tables.keys() == others.keys()
    return {name for name in tables if tables[name] != others[name]}


@pytest.fixture
def released_home(golden_home: Path, tmp_path: Path) -> Path:
    """A home with the releases of the golden years and nothing else."""
    home = tmp_path / "home"
    shutil.copytree(golden_home / "releases", home / "releases", symlinks=True)
    return home


def test_the_order_of_rows_columns_and_files_does_not_matter(
    golden: Released, released_home: Path, evaluate: Callable[..., Outcome], tmp_path: Path
) -> None:
    random = Random(72)
    drop = golden_drop(2024)
    for name, feed in CONTRACT.feeds.items():
        rows = drop.rows[name]
        random.shuffle(rows)
        columns = random.sample(list(feed.columns), len(feed.columns))
        ordered = [{column: row[column] for column in columns} for row in rows]
        for part, suffix in enumerate(("_丙", "_甲", "_乙") if len(rows) > 2 else ("",)):
            if rows or feed.may_be_empty:
                write_csv(
                    tmp_path / "inbox", feed, 2024, ordered[part::3] if suffix else ordered, suffix=suffix
                )
    outcome = evaluate(tmp_path / "inbox", home=released_home)
    assert outcome.status == 0, outcome.err
    again = released_home / "releases" / "2024" / "r002-draft"
    # Findings and sources tell file and row, verdicts how many files there were; the rest must be the same.
    of_files = {"source_file", "source_column", "finding", "verdict"}
    assert differing(golden.folder, again) == {*of_files, *WITH_SOURCES}
    for table in WITH_SOURCES:
        assert without_sources(golden, table) == without_sources(Released.read(again), table)
    found, found_again = (
        {(row["rule_id"], row["finding_key"], row["severity"]) for row in released.tables["finding"]}
        for released in (golden, Released.read(again))
    )
    assert found_again == found


def test_a_year_again_is_the_same_and_leaves_the_other_years(
    golden: Released, golden_home: Path, golden_inbox: Path, evaluate: Callable[..., Outcome]
) -> None:
    def rows_of(year: int) -> dict[str, list[Row]]:
        with duckdb.connect(str(golden_home / "warehouse" / "mujun.duckdb"), read_only=True) as warehouse:
            names = warehouse.execute("select table_name from duckdb_tables() where schema_name = 'main'")
            return {
                name: warehouse.execute(f"from main.{name} where year = {year} order by all")
                .to_arrow_table()
                .to_pylist()
                for (name,) in names.fetchall()
                if name in golden.tables
            }

    own, others, released = rows_of(2023), rows_of(2024), parquet(golden.folder)
    assert len([name for name, rows in others.items() if rows]) > 20
    outcome = evaluate(golden_inbox, year=2023, home=golden_home)
    assert outcome.status == 0, outcome.err
    # The very same content is no new release.
    assert "unchanged" in outcome.out
    assert [path.name for path in (golden_home / "releases" / "2023").glob("r*")] == ["r001-draft"]
    assert (rows_of(2023), rows_of(2024)) == (own, others)
    assert parquet(golden.folder) == released
    assert (golden_home / "releases" / "2024" / "current").resolve() == golden.folder


def test_merging_keeps_every_sum(
    golden: Released, released_home: Path, evaluate: Callable[..., Outcome], tmp_path: Path
) -> None:
    drop = golden_drop(2024)
    alone = {
        (result["uscc"], result["county_code"])
        for result in golden.rows("enterprise_result", members=1, park_code=None, home_county_code=None)
    }
    by_county: dict[str, list[Row]] = defaultdict(list)
    for row in drop.rows["enterprise_roster"]:
        if (row["uscc"], row["county_code"]) in alone and not row["merge_into_uscc"]:
            by_county[row["county_code"]].append(row)
    for rows in by_county.values():
        for target, member in zip(rows[::2], rows[1::2], strict=False):
            member["merge_into_uscc"] = target["uscc"]
    outcome = evaluate(drop.write(tmp_path / "inbox"), home=released_home)
    assert outcome.status == 0, outcome.err
    merged = Released.read(released_home / "releases" / "2024" / "r002-draft")

    fewer = len(golden.tables["enterprise_result"]) - len(merged.tables["enterprise_result"])
    assert fewer == sum(len(rows) // 2 for rows in by_county.values()) > 50
    for before, after in zip(golden.tables["county_result"], merged.tables["county_result"], strict=True):
        assert after["county_code"] == before["county_code"]
        assert {name: after[name] for name in SUMS} == pytest.approx({name: before[name] for name in SUMS})
    for before, after in zip(golden.tables["city_target"], merged.tables["city_target"], strict=True):
        assert after["value"] == pytest.approx(before["value"])
    assert land_by_county(merged) == pytest.approx(land_by_county(golden))


def land_by_county(released: Released) -> dict[str, float]:
    """The land of the units of each county, in mu."""
    land: dict[str, float] = defaultdict(float)
    for row in released.tables["enterprise_land"]:
        land[row["county_code"]] += row["land_area_mu"] or 0
    return dict(land)
