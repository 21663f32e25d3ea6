"""How firm a class is (rulebook 12), worked out for groups of three, whose classes are A, B and C.

The weights are those of 主城新区: value added 30, tax 35, productivity 10, energy 10, R&D 15. All have the
same but for tax and R&D, so that the other three are 优 for everybody, under any weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pytest

from orchestration.policy import load_policy
from orchestration.settings import policy_folder
from tests.unit.test_scores import compiled

INDICATORS = (
    "value_added_per_mu",
    "tax_per_mu",
    "labour_productivity",
    "value_added_per_energy",
    "rd_intensity",
)
# By county: tax per mu and R&D intensity of its enterprises.
COUNTIES: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "plain": {"X": (8, 2), "Y": (5, 8), "Z": (2, 5)},
    "one_holder": {"X": (8, 0), "Y": (5, 0), "Z": (2, 9)},
    "zero": {"X": (8, 0), "Y": (5, 2), "Z": (2, 7)},
}
NEEDED = ("tiers", "quotas", "scenarios", "weights", "indicators")
MODELS = (
    *("int_standards", "int_items", "int_totals", "int_ranks", "int_class_borders", "int_scenarios"),
    *(
        "int_scenarios__weights",
        "int_scenarios__measures",
        "int_scenarios__standards",
        "int_scenarios__classes",
    ),
    *("enterprise_firmness", "scenario"),
)


@dataclass(frozen=True)
class Tried:
    """The models of firmness, built of the counties above."""

    connection: duckdb.DuckDBPyConnection

    def totals(self, scenario: str, county: str) -> list[tuple[str, float, str]]:
        """Enterprise, total and class under a scenario, best first."""
        return self.connection.execute(
            "select uscc, total_score, class from int_scenarios__classes "
            "where scenario = ? and county_code = ? order by rank, uscc",
            [scenario, county],
        ).fetchall()

    def changing(self, county: str) -> dict[str, int]:
        """How many change class, by scenario; those under which nobody does are left out."""
        return dict(
            self.connection.execute(
                "select scenario, changed from scenario where county_code = ? and changed > 0", [county]
            ).fetchall()
        )


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUJUN_YEAR", "2024")
        sql = compiled(MODELS, tmp_path_factory.mktemp("dbt"))
    policy = load_policy(policy_folder())
    parameters = {row["parameter"]: [row["value"]] for row in policy.rows("parameters")}
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as mujun; use mujun; create schema landing")
    tables = {f"landing.policy_{name}": policy.tables[name] for name in NEEDED}
    for name, table in {**tables, "stg_policy__parameters": pa.table(parameters)}.items():
        connection.register("given", table)
        connection.execute(f"create table {name} as from given")
    connection.execute("alter table stg_policy__parameters alter score_decimals type integer")
    connection.execute("alter table stg_policy__parameters add year integer default 2024")
    weights = {
        row["indicator"]: row["weight"]
        for row in policy.rows("weights")
        if (row["region"], row["level"]) == ("new_districts", "enterprise")
    }
    rows = [
        (
            county,
            code,
            indicator,
            weights[indicator],
            {"tax_per_mu": tax, "rd_intensity": rd}.get(indicator, 10.0),
        )
        for county, enterprises in COUNTIES.items()
        for code, (tax, rd) in enterprises.items()
        for indicator in INDICATORS
    ]
    connection.execute(
        """create table int_measures (year integer default 2024, level varchar default 'enterprise',
             county_code varchar, code varchar, region varchar default 'new_districts', group_code varchar,
             indicator varchar, weight double, value double, emits_nothing boolean default false)"""
    )
    connection.executemany(
        "insert into int_measures (county_code, code, indicator, weight, value) values (?, ?, ?, ?, ?)", rows
    )
    connection.execute("update int_measures set group_code = county_code")
    connection.execute(
        """create table int_units as
             select distinct county_code, code as uscc, 0 as bonus, 0 as deduction, 'classified' as treatment
             from int_measures;
           create table int_territories__sums (level varchar, code varchar, deduction integer);
           create table stg_commission__county_rules
             (county_code varchar, quota_a double, quota_b double, quota_c double)"""
    )
    for model in MODELS:
        if model == "enterprise_firmness":  # The cuts of 3 are 1, 2 and 3.
            connection.execute(
                """create table enterprise_result as
                   select 2024 as year, county_code, code as uscc, substr('ABC', rank, 1) as class
                   from int_ranks"""
            )
        connection.execute(f"create table {model} as {sql[model]}")
    yield Tried(connection)
    connection.close()


def test_a_weight_up_or_down_turns_two_classes(tried: Tried) -> None:
    # Tax 8, 5, 2: mean 5, shares 1, 0.9, 0.8. R&D 2, 8, 5: mean 5, shares 0.8, 1, 0.9. As released:
    # X 50 + 35 + 12 = 97, Y 50 + 31.5 + 15 = 96.5, Z 50 + 28 + 13.5 = 91.5.
    # R&D 15 × 1.25 = 18.75, all others × 81.25/85: tax 33.4559, the three 47.7941 (28.6765 + 2 × 9.5588).
    assert tried.totals("weight_up:rd_intensity", "plain") == [
        ("Y", 96.6544, "A"),  # 47.7941 + 30.1103 + 18.75
        ("X", 96.25, "B"),  # 47.7941 + 33.4559 + 15
        ("Z", 91.4338, "C"),  # 47.7941 + 26.7647 + 16.875
    ]
    # Tax 35 × 0.75 = 26.25, all others × 73.75/65: R&D 17.0192, the three 56.7309
    # (34.0385 + 2 × 11.3462, each rounded).
    assert tried.totals("weight_down:tax_per_mu", "plain") == [
        ("Y", 97.3751, "A"),  # 56.7309 + 23.625 + 17.0192
        ("X", 96.5963, "B"),  # 56.7309 + 26.25 + 13.6154
        ("Z", 93.0482, "C"),  # 56.7309 + 21 + 15.3173
    ]


def test_whoever_is_not_below_the_new_maximum_is_best(tried: Tried) -> None:
    # Without X's 8 the standards of tax are of 5 and 2: maximum 5, so that X (8) and Y are both 优.
    assert tried.totals("without_top:tax_per_mu", "plain") == [
        ("Y", 100, "A"),  # 50 + 35 + 15
        ("X", 97, "B"),  # 50 + 35 + 12
        ("Z", 91.5, "C"),  # 50 + 28 + 13.5
    ]


def test_a_group_in_which_nobody_positive_would_be_left_keeps_its_standards(tried: Tried) -> None:
    # R&D 0, 0, 9: mean 3 below the smallest positive value, so the zeros have 0. Without Z zeros are left.
    released = [("Z", 93, "A"), ("X", 85, "B"), ("Y", 81.5, "C")]  # 50 + 28 + 15, 50 + 35, 50 + 31.5
    assert tried.totals("without_top:rd_intensity", "one_holder") == released
    # Everybody has the maximum of value added: nobody would be left at all.
    assert tried.totals("without_top:value_added_per_mu", "one_holder") == released


def test_a_zero_that_is_given_nothing_moves_everybody(tried: Tried) -> None:
    # R&D 0, 2, 7: mean 3, minimum 2. By the letter X has 0.8 + (0 − 2)/(3 − 2) × 0.1 = 0.6 of 15, that is 9,
    # and 50 + 35 + 9 = 94; Y 50 + 31.5 + 12 = 93.5; Z 50 + 28 + 15 = 93.
    assert tried.totals("decision:zero_value", "zero") == [("Y", 93.5, "A"), ("Z", 93, "B"), ("X", 85, "C")]
    assert tried.changing("zero")["decision:zero_value"] == 3


def test_with_the_standards_of_the_region_ranks_stay_in_the_county(tried: Tried) -> None:
    # Tax 8, 5, 2 thrice: as in a county. R&D 0, 0, 0, 2, 2, 5, 7, 8, 9: mean 33/9 = 3.6667, minimum 2.
    # Of `plain` X has 0.8 of 15, Y 0.9 + (8 − 3.6667)/(9 − 3.6667) × 0.1 = 0.98125,
    # Z 0.9 + 1.3333/5.3333 × 0.1 = 0.925.
    assert tried.totals("decision:standard_scope", "plain") == [
        ("X", 97, "A"),
        ("Y", 96.2188, "B"),  # 50 + 31.5 + 14.7188
        ("Z", 91.875, "C"),  # 50 + 28 + 13.875
    ]


def test_firmness_counts_the_scenarios_that_keep_the_class(tried: Tried) -> None:
    # Of five indicators each up, down and without its top, and two decisions: 17. What concerns what all have
    # alike scales the difference between X and Y, and never turns it.
    assert tried.changing("plain") == {
        "weight_up:rd_intensity": 2,
        "weight_down:tax_per_mu": 2,
        "without_top:tax_per_mu": 2,
    }
    firm = tried.connection.execute(
        "select uscc, scenarios, firmness, best_class, worst_class from enterprise_firmness "
        "where county_code = 'plain' order by uscc"
    ).fetchall()
    assert firm == [("X", 17, 14, "A", "B"), ("Y", 17, 14, "A", "B"), ("Z", 17, 17, "C", "C")]
    # The 17 are those of indicators with a weight: none of emissions, which weigh with territories alone.
    assert tried.connection.execute(
        "select count(*) from scenario where county_code = 'plain'"
    ).fetchone() == (17,)


def test_the_weights_of_a_region_keep_their_sum(tried: Tried) -> None:
    sums = tried.connection.execute(
        "select distinct round(sum(weight), 9) from int_scenarios__weights group by scenario, region"
    ).fetchall()
    assert sums == [(100,)]
