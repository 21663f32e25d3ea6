"""A year computed anew from the inputs of a release: as it was, and with a changed figure (rulebook 13)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from openpyxl import load_workbook

from orchestration.effects import ChangedFigure, Effect
from orchestration.errors import RefusedError, UserError
from orchestration.intake import run_intake
from orchestration.intake.contract import load_contract
from orchestration.landing import land
from orchestration.policy import load_policy
from orchestration.presentation.simulation import write_effect
from orchestration.publish import publish
from orchestration.recompute import Inputs, inputs_of, lay_out
from orchestration.release.reading import open_releases, read_manifest
from orchestration.release.register import find
from orchestration.rows import fetch
from orchestration.run_inputs import CHANGED_FIGURE
from orchestration.settings import FEEDS, Home, policy_folder
from orchestration.simulation import SIMULATED, simulate
from tests.conftest import Outcome
from tests.integration.conftest import FINAL

# What a figure of a unit may move; the rows behind it say what was delivered.
MOVED = ["enterprise_result", "enterprise_item", "standard", "county_result", "county_item", "class_count"]


@dataclass(frozen=True)
class Anew:
    """The release; its year simulated without a change, in `simulation`, with what that differs in; and in
    `changed` and `dropped` with half the energy of a unit that also counts in a home county: changed after
    merging, and delivered so."""

    release: Path
    simulation: Path
    effect: Effect
    changed: Path
    dropped: Path
    unit: dict[str, Any]


@pytest.fixture(scope="module")
def anew(sample: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Anew:
    home = Home(sample.home)
    release, folder = find(home, f"2024/{FINAL}"), tmp_path_factory.mktemp("anew")
    before = sorted(path for path in sample.home.rglob("*") if "simulations" not in path.parts)
    simulation, effect = simulate(home, release, None, [], write_effect)
    assert before == sorted(path for path in sample.home.rglob("*") if "simulations" not in path.parts)
    with inputs_of(home, release) as inputs:
        unit = _unit_of_two_counties(inputs)
        change = ChangedFigure(unit["uscc"], unit["county"], "energy", unit["energy"] / 2)
        inputs.compute(folder / "changed", [change])
        _deliver(home, inputs, folder / "inbox", unit)
        inputs.compute(folder / "dropped", only=MOVED)
        _is_not_published(inputs.home, change)
    return Anew(release.path, simulation, effect, folder / "changed", folder / "dropped", unit)


def _unit_of_two_counties(inputs: Inputs) -> dict[str, Any]:
    """A unit that another county counts too, and where its energy was delivered."""
    with inputs.release.database() as connection:
        (unit,) = fetch(
            connection,
            """
            select unit.uscc, unit.county_code as county, unit.home_county_code as home_county, unit.energy,
                department, source_file, source_sheet, letter || source_row as cell
            from enterprise_result as unit
            inner join enterprise_source as source using (uscc, county_code)
            inner join source_column using (feed, source_file)
            where
                unit.treatment = 'classified' and unit.members = 1 and unit.home_county_code is not null
                and column_name = 'energy_consumption' and ends_with(source_file, '.xlsx')
                and delivered['energy_consumption'] = unit.energy
            order by all limit 1
            """,
        )
    return unit


def _deliver(home: Home, inputs: Inputs, inbox: Path, unit: dict[str, Any]) -> None:
    """Take in the files of the release with half the energy of the unit."""
    lay_out(home, inbox, read_manifest(inputs.release.path), "sha256")
    path = inbox / unit["department"] / "2024" / Path(unit["source_file"]).name
    book = load_workbook(path)
    book[unit["source_sheet"]][unit["cell"]] = unit["energy"] / 2
    book.save(path)
    method = load_policy(policy_folder())
    run_intake(
        year=2024,
        inbox=inbox,
        home=inputs.home.path,
        contract=load_contract(FEEDS),
        counties=method.counties,
        retired=method.retired_counties,
    )


def _is_not_published(home: Home, change: ChangedFigure) -> None:
    """What is judged and may be published is no release any more once a figure was changed."""
    land(home.landing, "changed_figure", 2024, pa.Table.from_pylist([asdict(change)], CHANGED_FIGURE))
    with pytest.raises(RefusedError, match="changed by a simulation"):
        publish(home, 2024, "final", "2023-72", policy_folder())


def differing(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows of a table only one of the databases `a` and `b` has."""
    ((found,),) = connection.execute(
        f"select count(*) from ((from a.{table} except all from b.{table}) "
        f"union all (from b.{table} except all from a.{table}))"
    ).fetchall()
    return int(found)


def test_without_a_change_every_row_of_every_table_is_that_of_the_release(anew: Anew) -> None:
    assert not anew.effect.changes
    assert not anew.effect.moved
    with duckdb.connect() as connection:
        for name, path in {"a": anew.release / "release.duckdb", "b": anew.simulation / SIMULATED}.items():
            connection.execute(f"attach '{path}' as {name} (read_only)")
        names = "select table_name from duckdb_tables() where database_name = '{}' order by all"
        a, b = (connection.execute(names.format(side)).fetchall() for side in "ab")
        assert a == b
        assert len(a) > 30
        assert {name for (name,) in a if differing(connection, name)} == set()


def test_a_simulation_says_so_wherever_it_is_read(anew: Anew) -> None:
    assert {"comparison.xlsx", "index.html", SIMULATED} < {path.name for path in anew.simulation.iterdir()}
    assert "模拟结果，仅供研究比较，不是评价结果，不得公布" in (anew.simulation / "index.html").read_text(
        "utf-8"
    )
    assert read_manifest(anew.simulation)["simulation"]


def test_a_changed_figure_equals_the_same_change_made_in_the_drop(anew: Anew) -> None:
    with open_releases(a=anew.dropped, b=anew.changed) as connection:
        assert {name for name in MOVED if differing(connection, name)} == set()
    with open_releases(a=anew.release, b=anew.changed) as connection:
        counted = connection.execute(
            """
            select county_code from a.county_result as a inner join b.county_result as b using (county_code)
            where a.energy <> b.energy order by 1
            """
        ).fetchall()
        assert [code for (code,) in counted] == sorted([anew.unit["county"], anew.unit["home_county"]])
        assert differing(connection, "standard")  # it is one that moves others


def test_what_is_not_as_it_was_released_is_refused(anew: Anew, tmp_path: Path) -> None:
    # of a copy, so that nobody else meets it
    home = Home(tmp_path)
    (home.path / "archive").symlink_to(anew.release.parents[2] / "archive")
    (home.path / "releases").mkdir()
    for name in ("2023", "log.jsonl"):
        (home.path / "releases" / name).symlink_to(anew.release.parents[1] / name)
    copy = home.releases(2024) / anew.release.name
    copy.mkdir(parents=True)
    for path in anew.release.iterdir():
        if path.name != "release.duckdb":
            (copy / path.name).symlink_to(path)
    (copy / "release.duckdb").write_bytes(b"another")
    with pytest.raises(UserError, match="changed after the release"):
        simulate(home, find(home, f"2024/{FINAL}"), None, [], write_effect)
