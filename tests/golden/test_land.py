"""The land of an enterprise (rulebook 2; 说明 三). The cut-off date is 2024-12-31; areas in m2."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drops import Drop, uscc
from tests.golden.examples import ANOTHER, CENTRAL, NEW_DISTRICT, Released, example

OLD = "2010-06-30"


def reasons(golden: Released, table: str, number: int, **key: Any) -> dict[float, tuple[str, bool]]:
    """Why each parcel or contract of a member counts, and whether it does, by its area."""
    found = golden.rows(table, member_uscc=uscc(number), **key)
    return {row["area_m2"]: (row["reason"], row["counted"]) for row in found}


def holder(drop: Drop, number: int, *areas: float, **roster: Any) -> list[str]:
    """An enterprise with old parcels of these areas; returns their ids."""
    drop.enterprise(number, NEW_DISTRICT, land_mu=None, **roster)
    return [drop.parcel(uscc(number), NEW_DISTRICT, 0, area_m2=area) for area in areas]


@example()
def registered(drop: Drop) -> None:
    holder(drop, 2101)
    for area, values in (
        (1, {"registered_on": "2024-12-31"}),  # counts
        (2, {"registered_on": "2025-01-01"}),
        (4, {"ended_on": "2024-12-31"}),
        (8, {"ended_on": "2025-01-01"}),  # counts
        (16, {"land_use": "其他"}),
        (32, {"land_use": "仓储物流用地"}),  # counts
    ):
        drop.parcel(uscc(2101), NEW_DISTRICT, 0, area_m2=area, **values)


def test_2_1_parcels_in_force_of_industry_and_warehousing(golden: Released) -> None:
    land = golden.land(2101)
    assert land["registered_m2"] == 1 + 8 + 32
    assert land["computed_m2"] == land["land_area_m2"] == 41
    assert reasons(golden, "enterprise_parcel", 2101) == {
        1: ("counted", True),
        2: ("not_yet_registered", False),
        4: ("ended", False),
        8: ("counted", True),
        16: ("land_use", False),
        32: ("counted", True),
    }
    # 41 m2 × 0.0015
    assert land["land_area_mu"] == golden.result(2101)["land_area_mu"] == pytest.approx(0.0615)


@example()
def areas_of_contracts(drop: Drop) -> None:
    holder(drop, 2201)
    drop.lease(uscc(2201), NEW_DISTRICT, 1000, object_type="土地")
    drop.lease(uscc(2201), NEW_DISTRICT, 500, object_type="单层厂房")
    # 600 of 3,000 m2 of floor, on 2,000 m2 of land: 600 / 3000 × 2000 = 400.
    drop.lease(
        uscc(2201),
        NEW_DISTRICT,
        600,
        object_type="多层厂房",
        project_floor_area_m2=3000,
        project_land_area_m2=2000,
    )


def test_2_2_a_share_of_a_multi_storey_building_is_a_share_of_its_land(golden: Released) -> None:
    assert golden.land(2201)["leased_in_m2"] == pytest.approx(1000 + 500 + 400)


@example()
def leased_in(drop: Drop) -> None:
    holder(drop, 2301)
    for area, values in (
        (1, {"starts_on": "2024-12-31"}),  # counts
        (2, {"starts_on": "2025-01-01"}),
        (4, {"ends_on": "2024-12-31"}),  # counts: in force to its last day
        (8, {"ends_on": "2024-12-30"}),
        (16, {"tenure": "购买"}),  # counts
        (32, {"tenure": "其他"}),  # counts
    ):
        drop.lease(uscc(2301), NEW_DISTRICT, area, **values)


def test_2_3_contracts_in_force_of_every_tenure(golden: Released) -> None:
    land = golden.land(2301)
    assert (land["registered_m2"], land["leased_in_m2"], land["computed_m2"]) == (0, 53, 53)
    told = reasons(golden, "enterprise_contract", 2301, role="lessee")
    assert told == dict.fromkeys((1, 4, 16, 32), ("counted", True)) | {
        2: ("not_yet_started", False),
        8: ("ended", False),
    }


@example()
def leased_out(drop: Drop) -> None:
    (counted,) = holder(drop, 2401, 60000)
    parcel = {
        "ended": {"ended_on": "2024-06-30"},
        "of another use": {"land_use": "其他"},
        "new": {"contract_date": "2023-05-01", "registered_on": "2023-06-01"},  # 2.5: not counted
    }
    ids = {
        name: drop.parcel(uscc(2401), NEW_DISTRICT, 0, area_m2=20000, **values)
        for name, values in parcel.items()
    }
    # A parcel that does not count, but of another holder.
    holder(drop, 2403)
    ids["another's"] = drop.parcel(uscc(2403), NEW_DISTRICT, 0, area_m2=9000, ended_on="2024-06-30")
    for area, values in (
        (1, {}),  # taken off
        (2, {"tenure": "购买"}),
        (4, {"tenure": "其他"}),
        (8, {"ends_on": "2024-12-30"}),
        (16, {"parcel_id": counted}),  # taken off
        (32, {"parcel_id": ids["ended"]}),
        (64, {"parcel_id": ids["of another use"]}),
        (128, {"parcel_id": ids["new"]}),
        (256, {"parcel_id": ids["another's"]}),  # taken off: a sublease
        (512, {"ends_on": "2024-12-31"}),  # taken off
    ):
        drop.lease(uscc(2499), NEW_DISTRICT, area, lessor_uscc=uscc(2401), **values)


def test_2_4_leases_of_land_that_was_added_are_taken_off(golden: Released) -> None:
    land = golden.land(2401)
    assert land["registered_m2"] == 60000 + 20000
    assert land["leased_out_m2"] == 1 + 16 + 256 + 512
    assert land["not_counted_m2"] == 20000
    assert land["computed_m2"] == 80000 - 785 - 20000
    told = reasons(golden, "enterprise_contract", 2401, role="lessor")
    assert told == dict.fromkeys((1, 16, 256, 512), ("counted", True)) | {
        2: ("not_lease", False),
        4: ("not_lease", False),
        8: ("ended", False),
        32: ("parcel_not_counted", False),
        64: ("parcel_not_counted", False),
        128: ("parcel_not_counted", False),
    }


@example()
def leased_out_unattributed_parcel(drop: Drop) -> None:
    # The parcel names a third county: it belongs to no roster row, so it was added to none (1.3).
    for county in (NEW_DISTRICT, ANOTHER):
        drop.enterprise(2402, county, land_mu=None)
    drop.parcel(uscc(2402), NEW_DISTRICT, 0, area_m2=5000)
    elsewhere = drop.parcel(uscc(2402), CENTRAL, 0, area_m2=3000)
    drop.lease(uscc(2499), NEW_DISTRICT, 700, lessor_uscc=uscc(2402), parcel_id=elsewhere)


def test_2_4_a_lease_of_a_parcel_that_counts_nowhere_takes_nothing_off(golden: Released) -> None:
    assert golden.land(2402, county_code=NEW_DISTRICT)["leased_out_m2"] == 0


@example()
def newly_granted(drop: Drop) -> None:
    for number, contract_date, above_scale_since in (
        (2501, "2021-12-31", ""),  # exactly 3 years on the cut-off date: counts
        (2502, "2022-01-01", ""),  # a day less: not counted
        (2503, "2022-06-01", "2022-06-02"),  # not yet above scale when it signed: counts
        (2504, "2022-06-01", "2022-06-01"),  # above scale that very day: not counted
        (2505, "", ""),  # no contract date: counts
    ):
        holder(drop, number, 1000, above_scale_since=above_scale_since)
        drop.parcel(
            uscc(number),
            NEW_DISTRICT,
            0,
            area_m2=500,
            contract_date=contract_date,
            registered_on="2022-07-01",
        )


def test_2_5_three_full_years_since_the_contract(golden: Released) -> None:
    not_counted = {number: golden.land(number)["not_counted_m2"] for number in range(2501, 2506)}
    assert not_counted == {2501: 0, 2502: 500, 2503: 0, 2504: 500, 2505: 0}
    assert golden.land(2502)["computed_m2"] == 1000
    assert golden.land(2503)["computed_m2"] == 1500


@example()
def moved(drop: Drop) -> None:
    new = {"contract_date": "2023-03-01", "registered_on": "2023-04-01"}
    # The old site was given up: 2000 − 2000 not counted = 0, so the new one counts.
    holder(drop, 2506)
    drop.parcel(uscc(2506), NEW_DISTRICT, 0, area_m2=8000, ended_on="2024-03-31")
    drop.parcel(uscc(2506), NEW_DISTRICT, 0, area_m2=2000, **new)
    # The same, and 300 of the new site are let: 2000 − 300.
    holder(drop, 2507)
    let = drop.parcel(uscc(2507), NEW_DISTRICT, 0, area_m2=2000, **new)
    drop.lease(uscc(2599), NEW_DISTRICT, 300, lessor_uscc=uscc(2507), parcel_id=let)
    # All of the old site is let, and more: 1000 + 2000 − 1100 − 2000 < 0, so 1000 + 2000 − 1100.
    (old,) = holder(drop, 2508, 1000)
    drop.parcel(uscc(2508), NEW_DISTRICT, 0, area_m2=2000, **new)
    drop.lease(uscc(2599), NEW_DISTRICT, 1100, lessor_uscc=uscc(2508), parcel_id=old)
    # One m2 is left without the new site: it stays uncounted.
    (old,) = holder(drop, 2509, 1000)
    drop.parcel(uscc(2509), NEW_DISTRICT, 0, area_m2=2000, **new)
    drop.lease(uscc(2599), NEW_DISTRICT, 999, lessor_uscc=uscc(2509), parcel_id=old)


def test_2_5_who_would_be_left_without_land_keeps_the_new(golden: Released) -> None:
    columns = ("registered_m2", "leased_out_m2", "not_counted_m2", "computed_m2")
    land = {number: tuple(golden.land(number)[name] for name in columns) for number in range(2506, 2510)}
    told = [reasons(golden, "enterprise_parcel", number)[2000] for number in (2506, 2507, 2508, 2509)]
    assert told == [("only_land", True)] * 3 + [("newly_granted", False)]
    assert reasons(golden, "enterprise_contract", 2507, role="lessor") == {300: ("counted", True)}
    assert land == {
        2506: (2000, 0, 0, 2000),
        2507: (2000, 300, 0, 1700),
        2508: (3000, 1100, 0, 1900),
        2509: (3000, 999, 2000, 1),
    }


@example()
def new_land_of_members(drop: Drop) -> None:
    new = {"contract_date": "2022-06-01", "registered_on": "2022-07-01"}
    holder(drop, 2510, 10000)
    drop.parcel(uscc(2510), NEW_DISTRICT, 0, area_m2=1, **new)  # not counted
    # A member's own date of going above scale decides: 2 counts.
    holder(drop, 2511, 1000, merge_into_uscc=uscc(2510), above_scale_since="2023-01-01")
    drop.parcel(uscc(2511), NEW_DISTRICT, 0, area_m2=2, **new)
    # A member with nothing but new land keeps it, though the unit has other land: 4 counts.
    holder(drop, 2512, merge_into_uscc=uscc(2510))
    drop.parcel(uscc(2512), NEW_DISTRICT, 0, area_m2=4, **new)


def test_2_5_is_reckoned_per_member(golden: Released) -> None:
    land = golden.land(2510)
    assert (land["registered_m2"], land["not_counted_m2"]) == (11007, 1)
    assert land["computed_m2"] == 11006


@example()
def confirmed(drop: Drop) -> None:
    holder(drop, 2701, 1000)
    drop.add("land_confirmed", uscc=uscc(2701), county_code=NEW_DISTRICT, confirmed_area_m2=1200)
    # Two rows of one roster row, and a member that has none: (300 + 500) + 1000.
    holder(drop, 2702, 4000)
    for county, area in ((NEW_DISTRICT, 300), (CENTRAL, 500)):
        drop.add("land_confirmed", uscc=uscc(2702), county_code=county, confirmed_area_m2=area)
    holder(drop, 2703, 1000, merge_into_uscc=uscc(2702))


def test_2_7_the_confirmed_area_goes_before_the_computed(golden: Released) -> None:
    land = golden.land(2701)
    assert (land["computed_m2"], land["confirmed_m2"], land["land_area_m2"]) == (1000, 1200, 1200)
    unit = golden.land(2702)
    assert (unit["computed_m2"], unit["confirmed_m2"], unit["land_area_m2"]) == (5000, 800, 1800)


@example()
def no_land(drop: Drop) -> None:
    holder(drop, 2704)  # no row at all
    holder(drop, 2705)
    drop.parcel(uscc(2705), NEW_DISTRICT, 0, area_m2=900, ended_on="2020-01-01")
    holder(drop, 2706)
    drop.lease(uscc(2799), NEW_DISTRICT, 900, lessor_uscc=uscc(2706), ends_on="2020-01-01")
    # A member without a row beside one with land adds nothing.
    holder(drop, 2707, 600)
    holder(drop, 2708, merge_into_uscc=uscc(2707))


def test_2_7_no_land_row_is_not_known_and_ended_land_is_zero(golden: Released) -> None:
    columns = ("registered_m2", "leased_in_m2", "leased_out_m2", "not_counted_m2", "computed_m2")
    unknown = golden.land(2704)
    assert [unknown[name] for name in columns] == [0, 0, 0, 0, 0]
    assert (unknown["confirmed_m2"], unknown["land_area_m2"], unknown["land_area_mu"]) == (None, None, None)
    assert f"{uscc(2704)}/{NEW_DISTRICT}" in golden.found("MAT-03")
    for number in (2705, 2706):
        assert (golden.land(number)["land_area_m2"], golden.land(number)["land_area_mu"]) == (0, 0)
        assert f"{uscc(number)}/{NEW_DISTRICT}" not in golden.found("MAT-03")
    assert golden.land(2707)["land_area_m2"] == 600


def test_2_8_the_land_of_a_territory_is_the_survey_s(golden: Released) -> None:
    # 66.666… ha × 15; the enterprises of the county have far less.
    assert golden.row("county_result", county_code="500112")["land_area_mu"] == pytest.approx(1000)
    assert golden.row("park_result", park_code="PARK16")["land_area_mu"] == pytest.approx(1000)
