"""Why a score moved, on figures that nobody chose: the parts add up, and are the Shapley value.

The other way to them is the definition itself: the mean over every order in which the parts become new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.intake.contract import load_contract
from orchestration.policy import load_policy
from orchestration.run_inputs import land_contract, land_policy
from orchestration.settings import FEEDS, policy_folder
from tests.unit.test_scores import compiled

YEAR, SCALE = 2024, 10000  # scores have four decimals
PARTS = ("own_figures", "land", "standards", "weights")
# What it is made of, by indicator: one with land, one without.
FRACTIONS = {
    "tax_per_mu": ("tax", "land_area_mu"),
    "labour_productivity": ("value_added", "average_headcount"),
}
FIGURES = [figure for fraction in FRACTIONS.values() for figure in fraction]
OTHERS = ("energy", "emissions", "rd_expenditure", "revenue")
TIERS = ("优", "较优", "一般")

positive = st.integers(1, 4000).map(lambda hundredths: hundredths / 100)
figures = st.fixed_dictionaries(dict.fromkeys(FIGURES, positive | st.sampled_from([None, 0.0, -3.0, 8.0])))
groups = st.fixed_dictionaries(dict.fromkeys(FRACTIONS, st.lists(positive, min_size=1, max_size=3)))
methods = st.fixed_dictionaries(
    {
        "weights": st.sampled_from([(35.0, 10.0), (35.0, 10.0), (40.0, 5.5)]),
        "tiers": st.sampled_from([(1.0, 0.9, 0.8), (1.0, 0.9, 0.8), (1.0, 0.85, 0.6)]),
        "zero_value": st.sampled_from(["literal", "literal", "zero"]),
    }
)
Method = Mapping[str, Any]
Unit = tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]


def standards(values: Sequence[float]) -> dict[str, float]:
    return {"max": max(values), "mean": sum(values) / len(values), "min": min(values)}


@dataclass(frozen=True)
class Moves:
    """The models of the moves, over tables that an example fills."""

    connection: duckdb.DuckDBPyConnection
    items: str
    totals: str

    def fill(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.connection.register("given", pa.Table.from_pylist([dict(row) for row in rows]))
        self.connection.execute(f"create or replace table {table} as from given")

    def lay_out(self, units: Sequence[Unit], old: Method, new: Method) -> None:
        """Units, each in a county of its own: figures and standards of the old year and the new."""
        places = [{"year": YEAR, "uscc": "U", "county_code": str(place)} for place in range(len(units))]
        of_the_year = [
            (
                "landing.previous_enterprise_result",
                "landing.previous_standard",
                "landing.previous_policy",
                old,
            ),
            ("int_units", "int_standards", "landing.policy", new),
        ]
        for side, (results, standard, policy, method) in enumerate(of_the_year):
            rest = dict.fromkeys(OTHERS, 1.0)
            self.fill(
                results, [{**place, **rest, **unit[side]} for place, unit in zip(places, units, strict=True)]
            )
            self.fill(
                standard,
                [
                    {
                        "level": "enterprise",
                        "group_code": place["county_code"],
                        "indicator": name,
                        **standards(group),
                    }
                    for place, unit in zip(places, units, strict=True)
                    for name, group in unit[2 + side].items()
                ],
            )
            weights = zip(FRACTIONS, method["weights"], strict=True)
            self.fill(
                f"{policy}_weights",
                [
                    {"level": "enterprise", "region": "R", "indicator": name, "weight": weight}
                    for name, weight in weights
                ],
            )
            tiers = zip(TIERS, method["tiers"], strict=True)
            self.fill(f"{policy}_tiers", [{"tier": tier, "coefficient": share} for tier, share in tiers])
        said = {"missing_value": "group_mean", "standard_scope": "county"}
        parameters = {**said, "zero_value": old["zero_value"]}.items()
        self.fill(
            "landing.previous_policy_parameters", [{"parameter": name, "value": x} for name, x in parameters]
        )
        self.fill("stg_policy__parameters", [{**said, "score_decimals": 4, "zero_value": new["zero_value"]}])
        moved = {"region": "R", "previous_region": "R", "reason": None}
        self.fill(
            "int_moves__units",
            [{**place, "previous_county_code": place["county_code"], **moved} for place in places],
        )

    def found(self) -> dict[tuple[int, str], dict[str, Fraction]]:
        """By unit and indicator: scores and parts, in ten-thousandths."""
        rows = self.connection.execute(self.items).to_arrow_table().to_pylist()
        return {
            (int(row["county_code"]), row["indicator"]): {
                name: Fraction(round(row[name] * SCALE)) for name in ("previous_score", "score", *PARTS)
            }
            for row in rows
        }


@pytest.fixture(scope="module")
def moves(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moves]:
    folder, policy = tmp_path_factory.mktemp("moves"), load_policy(policy_folder())
    land_policy(folder / "landing", YEAR, policy)
    land_contract(folder / "landing", YEAR, load_contract(FEEDS), "draft", policy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUJUN_YEAR", str(YEAR))
        patch.setenv("MUJUN_HOME", str(folder))
        sql = compiled(["int_moves__items", "int_moves__totals"], folder)
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as mujun; use mujun; create schema landing")
        connection.register("indicators", policy.tables["indicators"])
        connection.execute("create table landing.policy_indicators as from indicators")
        yield Moves(connection, sql["int_moves__items"], sql["int_moves__totals"])


def score(
    unit: Unit, indicator: str, place: int, new: Mapping[str, bool], methods: Sequence[Method]
) -> Fraction:
    """Rulebook 5.4 in exact arithmetic, rounded; each part of the year that `new` says."""
    numerator, denominator = (
        unit[new["land" if figure == "land_area_mu" else "own_figures"]][figure]
        for figure in FRACTIONS[indicator]
    )
    if numerator is None or denominator is None or denominator <= 0 or numerator < 0:
        return Fraction(0)
    x = Fraction(str(numerator)) / Fraction(str(denominator))
    group = [Fraction(str(value)) for value in unit[2 + new["standards"]][indicator]]
    best, mean, least = max(group), sum(group, Fraction(0)) / len(group), min(group)
    method = methods[new["weights"]]
    top, better, ordinary = (Fraction(str(coefficient)) for coefficient in method["tiers"])
    if x >= best:
        share = top
    elif x >= mean:
        share = better + (x - mean) / (best - mean) * (top - better)
    elif mean <= least or (x == 0 and method["zero_value"] == "zero"):
        share = Fraction(0)
    else:
        share = ordinary + (x - least) / (mean - least) * (better - ordinary)
    points = max(share * Fraction(str(method["weights"][place])), Fraction(0))
    return Fraction(int(points * SCALE + Fraction(1, 2)))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    units=st.lists(st.tuples(figures, figures, groups, groups), min_size=6, max_size=6),
    old=methods,
    new=methods,
)
def test_the_parts_are_the_shapley_value_and_add_up(
    moves: Moves, units: list[Unit], old: Method, new: Method
) -> None:
    moves.lay_out(units, old, new)
    found = moves.found()
    assert len(found) == len(units) * len(FRACTIONS)
    for (unit, indicator), row in found.items():
        assert sum(row[part] for part in PARTS) == row["score"] - row["previous_score"]
        shares = dict.fromkeys(PARTS, Fraction(0))
        orders = list(permutations(PARTS))
        for order in orders:
            state = dict.fromkeys(PARTS, False)
            for part in order:
                before = score(units[unit], indicator, list(FRACTIONS).index(indicator), state, (old, new))
                state[part] = True
                after = score(units[unit], indicator, list(FRACTIONS).index(indicator), state, (old, new))
                shares[part] += (after - before) / len(orders)
        # One for the rounding of a part, and one for scores on the edge between two fourth decimals.
        assert all(abs(row[part] - shares[part]) < 2 for part in PARTS)


def test_no_parts_are_told_where_they_are_not_the_whole_of_the_change(moves: Moves) -> None:
    # Half the tax on the same land, by the same standards of 8 and 4: 35 → 28; productivity 10 in both years.
    old = {"tax": 80.0, "land_area_mu": 10.0, "value_added": 5.0, "average_headcount": 5.0}
    group = {"tax_per_mu": [8.0, 4.0], "labour_productivity": [1.0]}
    method = {"weights": (35.0, 10.0), "tiers": (1.0, 0.9, 0.8), "zero_value": "literal"}
    moves.lay_out([(old, {**old, "tax": 40.0}, group, group)] * 3, method, method)
    moves.connection.execute(f"create or replace table int_moves__items as {moves.items}")
    totals = {"bonus": 2.0, "deduction": 0.0, "previous_bonus": 0.0, "previous_deduction": 1.0}
    scored = [(40.0, 44.0), (40.0, 44.0001), (39.9999, 44.0)]
    moves.connection.execute("create or replace table units as from int_moves__units")
    moves.fill(
        "scored",
        [
            {"county_code": str(place), "total_score": new, "previous_total_score": before, **totals}
            for place, (new, before) in enumerate(scored)
        ],
    )
    moves.connection.execute(
        "create or replace table int_moves__units as "
        "select * replace (reason::varchar as reason) from units join scored using (county_code)"
    )
    rows = moves.connection.execute(
        "select reason, change, own_figures, bonus_part, deduction_part "
        f"from ({moves.totals}) order by county_code"
    ).fetchall()
    assert rows[0] == (None, -4, -7, 2, 1)
    assert [row[0] for row in rows] == [None, "other_rules", "other_rules"]
