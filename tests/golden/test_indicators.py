"""Tax, headcount, emissions and the indicators (rulebook 3; 说明 二)."""

from __future__ import annotations

import pytest

from tests.drops import CONTRACT, Drop, uscc
from tests.golden.examples import NEW_DISTRICT, Released, example

TAXES = [name for name, column in CONTRACT.feeds["tax_payments"].columns.items() if column.unit == "yuan"]


@example()
def thirteen_taxes(drop: Drop) -> None:
    # Powers of two, so that a missing or doubled one shows: 1 + 2 + … + 2^12, and the relief 2^13.
    drop.enterprise(3101, NEW_DISTRICT, tax=None)
    drop.tax(uscc(3101), NEW_DISTRICT, **{name: 2**position for position, name in enumerate(TAXES)})


def test_3_1_tax_is_thirteen_taxes_and_the_relief(golden: Released) -> None:
    assert (len(TAXES), TAXES[-1]) == (14, "policy_relief")
    # 2^14 − 1 = 16383 yuan
    assert golden.result(3101)["tax"] == pytest.approx(1.6383)
    assert golden.result(3101)["tax_per_mu"] == pytest.approx(0.16383)


@example()
def monthly_headcounts(drop: Drop) -> None:
    drop.enterprise(3201, NEW_DISTRICT, value_added=None)
    drop.add(
        "enterprise_statistics",
        uscc=uscc(3201),
        county_code=NEW_DISTRICT,
        industrial_value_added=1300,
        operating_revenue=4000,
        headcount_year_end=99,
        **{f"headcount_{month:02d}": month for month in range(1, 13)},
    )


def test_3_2_average_headcount_is_of_the_twelve_months(golden: Released) -> None:
    result = golden.result(3201)
    # (1 + … + 12) / 12 = 78 / 12
    assert result["average_headcount"] == 6.5
    # 1,300 thousand yuan are 130 万元; 130 / 6.5
    assert result["labour_productivity"] == 20


@example("500110")
def territory_of_every_treatment(drop: Drop) -> None:
    drop.enterprise(3301, "500110", value_added=100, energy=50, headcount=10, tax=20, revenue=400, rd=8)
    drop.enterprise(
        3302, "500110", value_added=60, energy=30, headcount=5, tax=0, revenue=100, rd=2
    )  # vetoed
    drop.enterprise(
        3303,
        "500110",
        value_added=40,
        energy=20,
        headcount=5,
        tax=10,
        revenue=500,
        rd=15,
        transition_type="整体转让",
        transition_since="2024-05-01",
    )
    # COD 1 + ammonia nitrogen 2 + NOx 4 + VOC 8 of a key monitored enterprise; not what others emit.
    drop.emissions(uscc(3301), "500110", 1, ammonia_nitrogen=2, nitrogen_oxides=4, voc=8)
    drop.emissions(uscc(3302), "500110", 100, key_monitored="否")
    drop.emissions(uscc(3303), "500110", 1)


def test_3_3_emissions_of_key_monitored_enterprises(golden: Released) -> None:
    assert golden.row("county_result", county_code="500110")["emissions"] == 15 + 1


def test_3_4_a_county_s_indicator_is_the_ratio_of_its_sums(golden: Released) -> None:
    county = golden.row("county_result", county_code="500110")
    assert (county["enterprises"], county["value_added"], county["tax"]) == (3, 200, 30)
    assert county["value_added_per_mu"] == pytest.approx(200 / 1000)  # over the surveyed land
    assert county["tax_per_mu"] == pytest.approx(30 / 1000)
    assert county["labour_productivity"] == pytest.approx(200 / 20)
    assert county["value_added_per_energy"] == pytest.approx(200 / 100)
    assert county["value_added_per_emission"] == pytest.approx(200 / 16)
    assert county["rd_intensity"] == pytest.approx(25 / 1000 * 100)


def test_3_the_indicators_of_an_enterprise(golden: Released) -> None:
    result = golden.result(3301)
    assert result["value_added_per_mu"] == pytest.approx(100 / 10)
    assert result["tax_per_mu"] == pytest.approx(20 / 10)
    assert result["labour_productivity"] == pytest.approx(100 / 10)
    assert result["value_added_per_energy"] == pytest.approx(100 / 50)
    assert result["rd_intensity"] == pytest.approx(8 / 400 * 100)


@example()
def not_computable(drop: Drop) -> None:
    drop.enterprise(3501, NEW_DISTRICT, energy=0)
    drop.enterprise(3502, NEW_DISTRICT, headcount=0)
    drop.enterprise(3503, NEW_DISTRICT, revenue=0)
    # A thousandth of a yuan is no money: revenue of zero.
    drop.enterprise(3504, NEW_DISTRICT, revenue=0.0000001)
    drop.enterprise(3505, NEW_DISTRICT, value_added=None)
    drop.enterprise(3506, NEW_DISTRICT, land_mu=None)
    # 1 mu registered, 2 mu let: the land is negative.
    drop.enterprise(3507, NEW_DISTRICT, land_mu=1)
    drop.lease(uscc(3599), NEW_DISTRICT, 4000 / 3, lessor_uscc=uscc(3507))


@pytest.mark.parametrize(
    ("number", "missing"),
    [
        (3501, {"value_added_per_energy"}),
        (3502, {"labour_productivity"}),
        (3503, {"rd_intensity"}),
        (3504, {"rd_intensity"}),
        (3505, {"value_added_per_mu", "labour_productivity", "value_added_per_energy", "rd_intensity"}),
        (3506, {"value_added_per_mu", "tax_per_mu"}),
        (3507, {"value_added_per_mu", "tax_per_mu"}),
    ],
)
def test_3_5_no_indicator_without_its_denominator_or_numerator(
    golden: Released, number: int, missing: set[str]
) -> None:
    items = golden.rows("enterprise_item", uscc=uscc(number))
    assert {item["indicator"] for item in items if item["value"] is None} == missing
    assert {item["indicator"] for item in items if item["tier"] == "缺"} == missing
    assert all(item["score"] == 0 for item in items if item["indicator"] in missing)
    assert all(golden.result(number)[indicator] is None for indicator in missing)


def test_3_5_negative_land_is_kept_and_measures_nothing(golden: Released) -> None:
    assert golden.land(3507)["land_area_mu"] == pytest.approx(1 - 2)
