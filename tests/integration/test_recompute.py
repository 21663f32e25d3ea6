"""A year computed anew from the inputs of a release: as it was, and with a changed figure (rulebook 13)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pytest

from orchestration.errors import RefusedError
from orchestration.landing import land
from orchestration.publish import publish
from orchestration.recompute import ChangedFigure, inputs_of
from orchestration.release.reading import open_releases
from orchestration.release.register import find
from orchestration.run_inputs import CHANGED_FIGURE
from orchestration.settings import Home, policy_folder
from tests.conftest import Outcome
from tests.integration.conftest import FINAL

RECEIVED = "source_file"  # tells when a file was received, which is again now


@pytest.fixture(scope="module")
def anew(sample: Outcome, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, object]]:
    """The release; its year computed without a change; and with twice the value added of the first classified
    unit that also counts in a home county, with what that unit is."""
    home = Home(sample.home)
    release, folder = find(home, f"2024/{FINAL}"), tmp_path_factory.mktemp("anew")
    (unit,) = sample.rows(
        """
        select uscc, county_code, home_county_code, value_added from enterprise_result
        where treatment = 'classified' and home_county_code is not null order by all limit 1
        """
    )
    uscc, county, home_county, value = unit
    with inputs_of(home, release) as inputs:
        change = ChangedFigure(uscc, county, "value_added", value * 2)
        inputs.compute(folder / "changed", [change], only=["enterprise_result", "county_result"])
        inputs.compute(folder / "same")
        _is_not_published(inputs.home, change)
    told = {"uscc": uscc, "county": county, "home_county": home_county, "value": value}
    return release.path, folder, told


def _is_not_published(home: Home, change: ChangedFigure) -> None:
    """What is judged and may be published is no release any more once a figure was changed."""
    land(home.landing, "changed_figure", 2024, pa.Table.from_pylist([asdict(change)], CHANGED_FIGURE))
    with pytest.raises(RefusedError, match="changed by a simulation"):
        publish(home, 2024, "final", "2023-72", policy_folder())


def test_without_a_change_every_row_of_every_table_is_that_of_the_release(
    anew: tuple[Path, Path, dict[str, object]],
) -> None:
    released, folder, _ = anew
    with open_releases(a=released, b=folder / "same") as connection:
        names = connection.execute("select table_name from duckdb_tables() where database_name = 'b'")
        compared = [name for (name,) in names.fetchall() if name != RECEIVED]
        assert len(compared) > 30
        for name in compared:
            differing = connection.execute(
                f"select count(*) from ((from a.{name} except all from b.{name}) "
                f"union all (from b.{name} except all from a.{name}))"
            ).fetchone()
            assert differing == (0,), name


def test_a_changed_figure_counts_in_its_county_and_its_home_county(
    anew: tuple[Path, Path, dict[str, object]],
) -> None:
    released, folder, unit = anew
    with open_releases(a=released, b=folder / "changed") as connection:
        moved = connection.execute(
            """
            select a.county_code, b.value_added - a.value_added
            from a.county_result as a inner join b.county_result as b using (county_code)
            where a.value_added <> b.value_added order by 1
            """
        ).fetchall()
        counted = sorted([str(unit["county"]), str(unit["home_county"])])
        assert [(code, pytest.approx(unit["value"])) for code in counted] == moved
        others = connection.execute(
            """
            select count(*) from a.enterprise_result as a inner join b.enterprise_result as b
                using (county_code, uscc)
            where a.value_added is distinct from b.value_added and uscc <> ?
            """,
            [unit["uscc"]],
        ).fetchone()
    assert others == (0,)
