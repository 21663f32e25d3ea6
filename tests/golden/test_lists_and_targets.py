"""Demonstration lists and the city's targets (rulebook 8; 意见 二, 三(四)7)."""

from __future__ import annotations

import pytest

from tests.drops import Drop, uscc
from tests.golden.examples import Released, example


@example("500113", "500154", "WSJK")
def demonstration(drop: Drop) -> None:
    # Alone in their counties, so of base 100, with five, four and four titles: 110, 108, 108.
    for number, county, titles in ((8101, "500113", 5), (8102, "500154", 4), (8103, "WSJK", 4)):
        code = drop.enterprise(number, county)
        for _ in range(titles):
            drop.honour(code, "2024-09-09")


def test_8_1_the_best_of_the_city_with_all_of_a_shared_rank(golden: Released) -> None:
    listed = golden.rows("demonstration", level="enterprise")
    best = sorted((row["rank"], row["code"], row["total_score"]) for row in listed)[:4]
    assert best[0] == (1, f"{uscc(8101)}/500113", 110)
    assert best[1:3] == [(2, f"{uscc(8102)}/500154", 108), (2, f"{uscc(8103)}/WSJK", 108)]
    assert best[3][0] == 4


@pytest.mark.parametrize(
    ("level", "table", "key"),
    [
        ("enterprise", "enterprise_result", ("uscc", "county_code")),
        ("county", "county_result", ("county_code",)),
        ("park", "park_result", ("park_code",)),
    ],
)
def test_8_1_all_of_rank_ten_or_better_are_listed(
    golden: Released, level: str, table: str, key: tuple[str, ...]
) -> None:
    totals = {
        "/".join(row[name] for name in key): row["total_score"]
        for row in golden.tables[table]
        if row.get("treatment", "classified") == "classified"
    }
    ranks = {code: 1 + sum(other > total for other in totals.values()) for code, total in totals.items()}
    listed = {row["code"]: row["rank"] for row in golden.rows("demonstration", level=level)}
    assert listed == {code: rank for code, rank in ranks.items() if rank <= 10}


@example(year=2023)
def city_of_2023(drop: Drop) -> None:
    # One of them in a jointly built zone: the city counts it once. No R&D, no emissions.
    drop.enterprise(
        8201, "LJXQ", value_added=120, tax=30, energy=40, headcount=2, rd=0, home_county_code="500112"
    )
    drop.enterprise(8202, "500101", value_added=80, tax=-10, energy=60, headcount=3, rd=0)


def test_8_2_the_city_s_own_figures(golden_2023: Released) -> None:
    city = {row["indicator"]: row for row in golden_2023.tables["city_target"]}
    values = {indicator: row["value"] for indicator, row in city.items()}
    assert values.pop("value_added_per_emission") is None
    assert values == pytest.approx(
        {
            "value_added_per_mu": 200 / 1000,  # over the survey's city row
            "tax_per_mu": 20 / 1000,
            "labour_productivity": 200 / 5,
            "value_added_per_energy": 200 / 100,
            "rd_intensity": 0 / 800,
        }
    )  # and no row for the standard land, whose feed was not delivered


def test_8_2_what_is_not_known_is_neither_met_nor_missed(golden_2023: Released) -> None:
    city = {row["indicator"]: row for row in golden_2023.tables["city_target"]}
    assert {row["growth"] for row in city.values()} == {None}  # there is no release of 2022
    met = {indicator: row["met"] for indicator, row in city.items()}
    assert met.pop("labour_productivity") is False  # 40 < 50, and no growth is asked for
    assert set(met.values()) == {None}


@example()
def granted_land(drop: Drop) -> None:
    for number, (day, area, standard) in enumerate(
        (
            ("2024-01-01", 300, "是"),
            ("2024-12-31", 100, "否"),
            ("2023-12-31", 5000, "否"),
            ("2025-01-01", 5000, "是"),
        )
    ):
        drop.add(
            "new_industrial_land",
            parcel_id=f"G{number}",
            county_code="500101",
            contract_date=day,
            area_m2=area,
            standard_land=standard,
        )


def test_8_2_standard_land_is_the_area_share_of_the_year_s_contracts(golden: Released) -> None:
    target = golden.row("city_target", indicator="standard_land_share")
    assert target["value"] == 75  # 300 / (300 + 100)
    assert (target["target"], target["target_growth"], target["met"]) == (100, None, False)
    assert (target["previous_value"], target["growth"]) == (None, None)


def test_8_2_growth_on_the_year_before(golden: Released) -> None:
    units = golden.tables["enterprise_result"]
    sums = {
        name: sum(unit[name] or 0 for unit in units) for name in ("value_added", "tax", "energy", "revenue")
    }
    city = {row["indicator"]: row for row in golden.tables["city_target"]}

    added = city["value_added_per_mu"]
    assert added["value"] == pytest.approx(sums["value_added"] / 1000)
    assert added["previous_value"] == pytest.approx(0.2)
    assert added["growth"] == pytest.approx((sums["value_added"] / 1000 - 0.2) / 0.2 * 100)
    assert (added["target"], added["target_growth"], added["met"]) == (None, 4, True)

    energy = city["value_added_per_energy"]
    assert energy["value"] == pytest.approx(sums["value_added"] / sums["energy"])
    assert energy["growth"] == pytest.approx((energy["value"] - 2) / 2 * 100)
    # Both must hold: 2.24, and 3 % a year.
    assert energy["met"] is (energy["value"] >= 2.24 and energy["growth"] >= 3)


def test_8_2_no_growth_on_a_year_of_zero(golden: Released) -> None:
    rd = golden.row("city_target", indicator="rd_intensity")
    assert rd["previous_value"] == 0
    assert rd["growth"] is None
    # In points the mean since 2023, the base year, is told all the same.
    assert rd["mean_growth"] == pytest.approx(rd["value"])
    assert rd["met"] is (rd["value"] >= 2 and rd["mean_growth"] >= 0.07)
    assert (rd["target"], rd["target_growth"]) == (2, 0.07)
