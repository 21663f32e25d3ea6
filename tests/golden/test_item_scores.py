"""Standards and item scores (rulebook 5; 办法 二(三)). Every group is a county of its own, of 10 mu each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.drops import Drop, uscc
from tests.golden.examples import CENTRAL, CLUSTER, NEW_DISTRICT, Released, example


def line_up(drop: Drop, county: str, first: int, amount: str, per_mu: Sequence[float], **roster: Any) -> None:
    """Enterprises `first`, `first` + 1, … whose `amount` per mu are these figures."""
    for number, value in enumerate(per_mu, first):
        drop.enterprise(number, county, **{amount: value * 10, **roster})


def scored(golden: Released, indicator: str, numbers: Sequence[int]) -> list[tuple[str, float]]:
    """Tier and score of one item of each enterprise."""
    items = [golden.item(number, indicator) for number in numbers]
    return [(item["tier"], item["score"]) for item in items]


def reckoned(golden: Released, number: int, indicator: str = "tax_per_mu") -> tuple[Any, ...]:
    """Why an item has its score: the case, and what it lies between."""
    item = golden.item(number, indicator)
    columns = ("because", "value_from", "value_to", "coefficient_from", "coefficient_to")
    return tuple(
        pytest.approx(item[name]) if isinstance(item[name], float) else item[name] for name in columns
    )


@example("500111")
def tiers(drop: Drop) -> None:
    line_up(drop, "500111", 5401, "tax", [2, 3, 5, 7, 8])


def test_5_4_one_score_in_each_tier(golden: Released) -> None:
    # mean = 25 / 5 = 5, weight 35: 0.8 w = 28, 0.9 w = 31.5, 0.1 w = 3.5
    standard = golden.standard("500111", "tax_per_mu")
    assert (standard["n"], standard["min"], standard["max"]) == (5, 2, 8)
    assert standard["mean"] == pytest.approx(5)
    assert scored(golden, "tax_per_mu", range(5401, 5406)) == [
        ("一般", 28.0),  # the minimum
        ("一般", 29.1667),  # 28 + (3 − 2)/(5 − 2) × 3.5
        ("较优", 31.5),  # the mean itself
        ("较优", 33.8333),  # 31.5 + (7 − 5)/(8 − 5) × 3.5
        ("优", 35.0),
    ]
    # The coefficients 0.8, 0.9 and 1 belong to minimum, mean and maximum.
    assert reckoned(golden, 5401) == reckoned(golden, 5402) == ("ordinary", 2, 5, 0.8, 0.9)
    assert reckoned(golden, 5403) == reckoned(golden, 5404) == ("between_mean_and_max", 5, 8, 0.9, 1)
    assert reckoned(golden, 5405) == ("best", 8, None, 1, None)
    assert golden.item(5404, "tax_per_mu")["share"] == pytest.approx(0.9 + 2 / 3 * 0.1)


def test_5_4_an_item_shows_its_factors(golden: Released) -> None:
    item = golden.item(5402, "tax_per_mu")
    assert (item["value"], item["weight"], item["points_lost"]) == (3, 35, 5.8333)
    assert (item["standard_max"], item["standard_min"]) == (8, 2)


@example("500115")
def participants(drop: Drop) -> None:
    line_up(drop, "500115", 5201, "tax", [2, 4])
    drop.enterprise(5203, "500115", tax=-50)  # negative
    drop.enterprise(5204, "500115", tax=None)  # not computable
    drop.enterprise(5205, "500115", tax=900, suspended_since="2020-01-01")  # vetoed
    drop.enterprise(
        5206, "500115", tax=120, transition_type="整体转让", transition_since="2024-02-01"
    )  # scored, so it takes part


def test_5_2_scored_units_with_a_figure_of_zero_or_more_take_part(golden: Released) -> None:
    # 2, 4 and 12: mean 18 / 3 = 6
    standard = golden.standard("500115", "tax_per_mu")
    assert (standard["n"], standard["min"], standard["max"]) == (3, 2, 12)
    assert standard["mean"] == pytest.approx(6)
    assert scored(golden, "tax_per_mu", [5201, 5202, 5203, 5204, 5206]) == [
        ("一般", 28.0),
        ("一般", 29.75),  # 28 + (4 − 2)/(6 − 2) × 3.5
        ("负值", 0.0),
        ("缺", 0.0),
        ("优", 35.0),
    ]
    assert reckoned(golden, 5203) == ("negative", None, None, None, None)
    assert reckoned(golden, 5204) == ("missing", None, None, None, None)


@example("500116")
def zero_below_the_minimum(drop: Drop) -> None:
    line_up(drop, "500116", 5411, "value_added", [0, 1, 5, 6])


def test_5_4_a_zero_follows_the_formula(golden: Released) -> None:
    # It takes part in the mean, (0 + 1 + 5 + 6) / 4 = 3, and not in the minimum, 1. Weight 30: 0.8 w = 24.
    standard = golden.standard("500116", "value_added_per_mu")
    assert (standard["n"], standard["mean"], standard["min"]) == (4, 3, 1)
    assert scored(golden, "value_added_per_mu", [5411, 5412]) == [
        ("一般", 22.5),  # 24 + (0 − 1)/(3 − 1) × 3: below 0.8 w
        ("一般", 24.0),
    ]
    assert reckoned(golden, 5411, "value_added_per_mu") == ("ordinary", 1, 3, 0.8, 0.9)


@example("500117")
def zero_far_below_the_minimum(drop: Drop) -> None:
    line_up(drop, "500117", 5421, "value_added", [0, 10, 10, 20.5])


def test_5_4_a_score_is_at_least_zero(golden: Released) -> None:
    # mean 40.5 / 4 = 10.125: 24 + (0 − 10)/(10.125 − 10) × 3 = −216
    assert scored(golden, "value_added_per_mu", [5421, 5422]) == [("一般", 0.0), ("一般", 24.0)]
    # The share is what the formula gives: −216 / 30.
    assert golden.item(5421, "value_added_per_mu")["share"] == pytest.approx(-7.2)


@example("500118")
def zeros_pull_the_mean_down(drop: Drop) -> None:
    line_up(drop, "500118", 5431, "value_added", [0, 0, 5, 6, 7])


def test_5_4_a_zero_below_a_mean_below_the_minimum_gets_nothing(golden: Released) -> None:
    # mean 18 / 5 = 3.6 < minimum 5: the formula would give 24 + (0 − 5)/(3.6 − 5) × 3 = 34.7
    assert scored(golden, "value_added_per_mu", range(5431, 5436)) == [
        ("一般", 0.0),
        ("一般", 0.0),
        ("较优", 28.2353),  # 27 + (5 − 3.6)/(7 − 3.6) × 3
        ("较优", 29.1176),  # 27 + (6 − 3.6)/(7 − 3.6) × 3
        ("优", 30.0),
    ]
    assert reckoned(golden, 5431, "value_added_per_mu") == ("mean_not_above_min", None, None, None, None)


@example("500104", "500119")
def groups_of_one(drop: Drop) -> None:
    drop.enterprise(5501, "500104")
    drop.enterprise(5502, "500119")


@pytest.mark.parametrize(
    ("number", "weights"),
    [  # 办法 二(二), in the order below
        (5501, [30, 35, 10, 5, 20]),  # 中心城区
        (5502, [30, 35, 10, 10, 15]),  # 主城新区
        (7301, [30, 35, 15, 10, 10]),  # 两群地区
    ],
)
def test_5_5_a_group_of_one_has_the_full_weights(golden: Released, number: int, weights: list[int]) -> None:
    indicators = (
        "value_added_per_mu",
        "tax_per_mu",
        "labour_productivity",
        "value_added_per_energy",
        "rd_intensity",
    )
    assert [golden.item(number, indicator)["score"] for indicator in indicators] == weights
    assert {golden.item(number, indicator)["tier"] for indicator in indicators} == {"优"}
    assert golden.result(number)["base_score"] == 100


@example("500120", "500151")
def equal_values(drop: Drop) -> None:
    line_up(drop, "500120", 5511, "tax", [4, 4, 4])
    # 0.1 / 1 and 0.3 / 3 differ in the last bit only: 0.1 and 0.09999999999999999.
    drop.enterprise(5521, "500151", tax=0.1, land_mu=1)
    drop.enterprise(5522, "500151", tax=0.3, land_mu=3)


def test_5_5_equal_values_are_all_the_maximum(golden: Released) -> None:
    assert scored(golden, "tax_per_mu", [5511, 5512, 5513]) == [("优", 35.0)] * 3
    assert scored(golden, "tax_per_mu", [5521, 5522]) == [("优", 35.0)] * 2


@example("500241")
def nobody_positive(drop: Drop) -> None:
    drop.enterprise(5441, "500241", value_added=0)
    drop.enterprise(5442, "500241", value_added=-7)


def test_5_4_without_a_positive_participant_nobody_scores(golden: Released) -> None:
    standard = golden.standard("500241", "value_added_per_mu")
    assert (standard["n"], standard["max"], standard["mean"], standard["min"]) == (1, 0, 0, None)
    assert scored(golden, "value_added_per_mu", [5441, 5442]) == [("一般", 0.0), ("负值", 0.0)]
    cases = [golden.item(number, "value_added_per_mu")["because"] for number in (5441, 5442)]
    assert cases == ["no_positive", "negative"]


@example("500242")
def nobody_takes_part(drop: Drop) -> None:
    drop.enterprise(5301, "500242", energy=0)


def test_5_3_a_standard_nobody_takes_part_in_has_its_row(golden: Released) -> None:
    standard = golden.standard("500242", "value_added_per_energy")
    assert (standard["n"], standard["max"], standard["mean"], standard["min"]) == (0, None, None, None)
    assert len(golden.rows("standard", level="enterprise", group_code="500242")) == 5


def test_5_3_a_group_without_a_scored_unit_has_no_standards(golden: Released) -> None:
    groups = {row["group_code"] for row in golden.rows("standard", level="enterprise")}
    assert groups == {row["county_code"] for row in golden.tables["enterprise_item"]}


@example()
def parks_without_emissions(drop: Drop) -> None:
    # Of the central parks three have emissions: 100 / 10 = 10, 100 / 20 = 5, 100 / 12.5 = 8 万元 a tonne.
    for number, (park, tonnes) in enumerate((("C1", 10), ("C2", 20), ("C3", 12.5), ("C4", 0)), 5601):
        drop.park(park, CENTRAL)
        code = drop.enterprise(number, CENTRAL, park_code=park)
        drop.emissions(code, CENTRAL, tonnes)
    # Of those of the new districts two: −100 / 10 and 100 / 10.
    for number, (park, tonnes, value_added) in enumerate(
        (("N1", 10, -100), ("N2", 10, 100), ("N3", 0, 100)), 5611
    ):
        drop.park(park, NEW_DISTRICT)
        code = drop.enterprise(number, NEW_DISTRICT, park_code=park, value_added=value_added)
        drop.emissions(code, NEW_DISTRICT, tonnes)
    # No park of the two clusters has any (test_ranks).


def test_5_6_a_park_without_emissions_has_the_mean_score_of_its_group(golden: Released) -> None:
    items = {
        park: golden.row("park_item", park_code=park, indicator="value_added_per_emission")
        for park in ("C1", "C2", "C3", "C4")
    }
    # Weight 5; mean 23 / 3 = 7.6667: C3 has 4.5 + (8 − 7.6667)/(10 − 7.6667) × 0.5 = 4.5714.
    assert {park: (item["tier"], item["score"]) for park, item in items.items()} == {
        "C1": ("优", 5.0),
        "C2": ("一般", 4.0),
        "C3": ("较优", 4.5714),
        "C4": ("缺", 4.5238),  # (5 + 4 + 4.5714) / 3, in four decimals
    }
    assert items["C4"]["value"] is None
    assert items["C4"]["points_lost"] == 0.4762


def test_5_6_a_negative_figure_has_a_score_of_zero_in_that_mean(golden: Released) -> None:
    items = {
        park: golden.row("park_item", park_code=park, indicator="value_added_per_emission")
        for park in ("N1", "N2", "N3")
    }
    assert {park: (item["tier"], item["score"]) for park, item in items.items()} == {
        "N1": ("负值", 0),
        "N2": ("优", 10),
        "N3": ("缺", 5),  # (0 + 10) / 2
    }
    assert [items[park]["because"] for park in items] == ["negative", "best", "given"]
    assert items["N3"]["share"] is None


def test_5_6_where_nobody_has_emissions_each_has_the_full_weight(golden: Released) -> None:
    parks = {row["park_code"] for row in golden.rows("park_result", region="two_clusters")}
    assert parks == {"T1", "T2", "T3"}
    for park in parks:
        item = golden.row("park_item", park_code=park, indicator="value_added_per_emission")
        assert (item["tier"], item["score"], item["weight"]) == ("缺", 10, 10)


def test_5_1_territories_are_measured_within_their_region(golden: Released) -> None:
    regions = {"central", "new_districts", "two_clusters"}
    for level in ("county", "park"):
        assert {row["group_code"] for row in golden.rows("standard", level=level)} == regions


@pytest.mark.parametrize(
    ("territory", "weights"),
    [  # 办法 二(二), of counties and parks
        (("park_item", "park_code", "C1"), [20, 40, 10, 5, 5, 20]),
        (("county_item", "county_code", "500110"), [20, 35, 10, 10, 10, 15]),
        (("county_item", "county_code", CLUSTER), [20, 35, 15, 10, 10, 10]),
    ],
)
def test_5_the_weights_of_territories(
    golden: Released, territory: tuple[str, str, str], weights: list[int]
) -> None:
    table, key, code = territory
    by_indicator = {row["indicator"]: row["weight"] for row in golden.rows(table, **{key: code})}
    indicators = [
        "value_added_per_mu",
        "tax_per_mu",
        "labour_productivity",
        "value_added_per_energy",
        "value_added_per_emission",
        "rd_intensity",
    ]
    assert [by_indicator[indicator] for indicator in indicators] == weights


def test_5_6_an_enterprise_without_a_figure_gets_nothing(golden: Released) -> None:
    item = golden.row("enterprise_item", uscc=uscc(5301), indicator="value_added_per_energy")
    assert (item["value"], item["tier"], item["score"], item["points_lost"]) == (None, "缺", 0, 10)
