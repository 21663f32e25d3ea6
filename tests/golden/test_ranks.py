"""Ranks, quotas, classes (rulebook 7; 办法 二(四)). Within a county only the tax differs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.drops import Drop
from tests.golden.examples import CLUSTER, Released, example


def line_up(drop: Drop, county: str, first: int, taxes: Sequence[float]) -> None:
    """Enterprises `first`, `first` + 1, … with these taxes."""
    for number, tax in enumerate(taxes, first):
        drop.enterprise(number, county, tax=tax)


def placed(golden: Released, county: str) -> tuple[list[int], str]:
    """Ranks and classes of a county's classified enterprises, best first."""
    results = golden.rows("enterprise_result", county_code=county, treatment="classified")
    results.sort(key=lambda result: result["rank"])
    return [result["rank"] for result in results], "".join(result["class"] for result in results)


@example()
def parks_in_two_clusters(drop: Drop) -> None:
    for number, (park, tax) in enumerate((("T1", 30), ("T2", 30), ("T3", 20)), 7101):
        drop.park(park, CLUSTER)
        drop.enterprise(number, CLUSTER, tax=tax, park_code=park)
    drop.park("T4", CLUSTER)  # without a unit


def test_7_1_equal_scores_share_the_better_rank(golden: Released) -> None:
    ranks = {row["park_code"]: row["rank"] for row in golden.rows("park_result", region="two_clusters")}
    assert ranks == {"T1": 1, "T2": 1, "T3": 3}


def test_7_1_a_territory_without_a_unit_is_not_evaluated(golden: Released) -> None:
    assert not golden.rows("park_result", park_code="T4")
    assert not golden.rows("county_result", county_code="500152")


def test_7_1_counties_are_ranked_within_their_region(golden: Released) -> None:
    for region in ("central", "new_districts", "two_clusters"):
        counties = golden.rows("county_result", region=region)
        assert len(counties) > 3
        for county in counties:
            better = sum(other["total_score"] > county["total_score"] for other in counties)
            assert county["rank"] == better + 1


# Cuts at 0.20 n, 0.75 n and 0.95 n, half up:
CLASSES = {
    1: "B",  #            0.2 → 0, 0.75 → 1, 0.95 → 1
    2: "BB",  #           0.4 → 0, 1.5  → 2, 1.9  → 2
    3: "ABC",  #          0.6 → 1, 2.25 → 2, 2.85 → 3
    4: "ABBC",  #         0.8 → 1, 3    → 3, 3.8  → 4
    5: "ABBBC",  #        1   → 1, 3.75 → 4, 4.75 → 5
    6: "ABBBBC",  #       1.2 → 1, 4.5  → 5, 5.7  → 6
    7: "ABBBBCC",  #      1.4 → 1, 5.25 → 5, 6.65 → 7
    11: "AABBBBBBCCD",  # 2.2 → 2, 8.25 → 8, 10.45 → 10
}
COUNTIES = dict(
    zip(
        CLASSES, ("500114", "500155", "500156", "500229", "500230", "500231", "500233", "500235"), strict=True
    )
)


@example(*COUNTIES.values())
def quotas(drop: Drop) -> None:
    for n, county in COUNTIES.items():
        # 7301 alone, 7302 and 7303, 7304 to 7306, …; the best first
        line_up(drop, county, 7301 + sum(m for m in CLASSES if m < n), range(20 + n, 20, -1))


@pytest.mark.parametrize("n", CLASSES)
def test_7_3_cumulative_cuts_half_up(golden: Released, n: int) -> None:
    assert placed(golden, COUNTIES[n]) == (list(range(1, n + 1)), CLASSES[n])


@example("500236", "500237", "500153")
def ties(drop: Drop) -> None:
    line_up(drop, "500236", 7341, [9, 9, 5, 4, 3])
    line_up(drop, "500237", 7351, [9, 8, 7, 7])
    line_up(drop, "500153", 7361, [9, 9, 9])


@pytest.mark.parametrize(
    ("county", "expected"),
    [
        ("500236", ([1, 1, 3, 4, 5], "AABBC")),  # n = 5: cuts 1, 4, 5; both first ones have rank 1
        ("500237", ([1, 2, 3, 3], "ABBB")),  # n = 4: cuts 1, 3, 4; both last ones have rank 3
        ("500153", ([1, 1, 1], "AAA")),  # n = 3: cuts 1, 2, 3
    ],
)
def test_7_3_equal_scores_share_the_better_class(
    golden: Released, county: str, expected: tuple[list[int], str]
) -> None:
    assert placed(golden, county) == expected


@example("500238")
def outside_the_quotas(drop: Drop) -> None:
    line_up(drop, "500238", 7371, [30, 20, 10])
    drop.enterprise(7374, "500238", tax=0)
    drop.enterprise(7375, "500238", tax=90, transition_type="整体转让", transition_since="2024-01-01")


def test_7_3_vetoed_and_transition_take_no_place(golden: Released) -> None:
    # The cuts of n = 3, though five are evaluated.
    assert placed(golden, "500238") == ([1, 2, 3], "ABC")
    count = golden.row("class_count", county_code="500238")
    assert {name: count[name] for name in ("classified", "a", "b", "c", "d", "d_vetoed", "transition")} == {
        "classified": 3,
        "a": 1,
        "b": 1,
        "c": 1,
        "d": 0,
        "d_vetoed": 1,
        "transition": 1,
    }


@example("500240")
def county_rules(drop: Drop) -> None:
    drop.add(
        "county_rules",
        county_code="500240",
        quota_a=40,
        quota_b=37.5,
        quota_c=12.5,
        quota_d=10,
        transfer_years=0,
        newly_above_scale_years=1,
    )
    line_up(drop, "500240", 7401, [50, 40, 30])
    # This county gives no transition after a transfer, and one year to the newly above scale.
    for number, kind, since in (
        (7404, "整体转让", "2024-05-01"),
        (7405, "新升规", "2023-05-01"),
        (7406, "新升规", "2024-05-01"),
    ):
        drop.enterprise(number, "500240", tax=7410 - number, transition_type=kind, transition_since=since)


def test_7_4_a_county_s_own_quotas(golden: Released) -> None:
    # n = 5 of 40, 37.5, 12.5, 10 %: 2 → 2, 3.875 → 4, 4.5 → 5
    assert placed(golden, "500240") == ([1, 2, 3, 4, 5], "AABBC")


def test_7_4_a_county_s_own_transition_years(golden: Released) -> None:
    treatments = {number: golden.result(number)["treatment"] for number in (7404, 7405, 7406)}
    assert treatments == {7404: "classified", 7405: "classified", 7406: "transition"}
