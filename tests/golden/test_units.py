"""Who is evaluated, which rows belong to whom, what is evaluated together (rulebook 1)."""

from __future__ import annotations

import pytest

from tests.drops import Drop, uscc
from tests.golden.examples import ANOTHER, CENTRAL, NEW_DISTRICT, Released, example


@example()
def industries(drop: Drop) -> None:
    # C13 to C43 without C16; with the letter and without.
    for number, code in enumerate(("C1310", "4390", "1610", "4410", "1220"), 1101):
        drop.enterprise(number, NEW_DISTRICT, industry_code=code)


def test_1_1_manufacturing_without_tobacco_is_evaluated(golden: Released) -> None:
    assert golden.result(1101)["industry_code"] == "1310"
    assert golden.result(1102)["industry_code"] == "4390"
    left_out = {uscc(number) for number in (1103, 1104, 1105)}
    assert not left_out & {row["uscc"] for row in golden.tables["enterprise_result"]}
    assert {f"{code}/{NEW_DISTRICT}" for code in left_out} <= golden.found("ROS-01")


@example()
def counties_not_in_force(drop: Drop) -> None:
    # 500157 succeeds 500105, 500112 and LJXQ on 2025-11-06: not in force on 2024-12-31.
    drop.enterprise(1201, "500157")
    drop.enterprise(1202, NEW_DISTRICT, home_county_code="500157")


def test_1_2_a_county_counts_if_it_is_in_force_on_the_cut_off_date(golden: Released) -> None:
    assert not golden.rows("enterprise_result", uscc=uscc(1201))
    assert golden.result(1202)["home_county_code"] == "500157"
    assert not golden.rows("county_result", county_code="500157")
    assert {f"{uscc(1201)}/500157", f"{uscc(1202)}/{NEW_DISTRICT}"} <= golden.found("ROS-02")


def test_1_2_wanzhou_and_kaizhou_belong_to_the_new_districts() -> None:
    from orchestration.policy import load_policy
    from orchestration.settings import policy_folder

    regions = {row["county_code"]: row["region"] for row in load_policy(policy_folder()).rows("counties")}
    assert regions["500101"] == regions["500154"] == "new_districts"


@example()
def attribution(drop: Drop) -> None:
    # One roster row: whatever county the row names.
    drop.enterprise(1301, NEW_DISTRICT, value_added=None)
    drop.statistics(uscc(1301), CENTRAL, value_added=7)
    # Two roster rows: the county that the row names.
    for county, value_added in ((NEW_DISTRICT, 11.0), (ANOTHER, 13.0)):
        drop.enterprise(1302, county, value_added=value_added, tax=None)
    drop.tax(uscc(1302), ANOTHER, value_added_tax=170000)
    # Two roster rows, and a row that names the home county of one.
    drop.enterprise(1303, NEW_DISTRICT, value_added=None, home_county_code="500106")
    drop.enterprise(1303, ANOTHER, value_added=19)
    drop.statistics(uscc(1303), "500106", value_added=23)
    # Home county of both: the first by county_code. A roster row's own county goes before a home county.
    drop.enterprise(1304, NEW_DISTRICT, value_added=None, home_county_code="500106")
    drop.enterprise(1304, ANOTHER, value_added=None, home_county_code="500106")
    drop.statistics(uscc(1304), "500106", value_added=29)
    drop.enterprise(1305, NEW_DISTRICT, value_added=None, home_county_code=ANOTHER)
    drop.enterprise(1305, ANOTHER, value_added=31)
    # None of them: unattributed.
    drop.enterprise(1306, NEW_DISTRICT, value_added=None)
    drop.enterprise(1306, ANOTHER, value_added=37)
    drop.statistics(uscc(1306), CENTRAL, value_added=41)
    # A roster row that is not evaluated takes what names it, and nobody else gets it.
    drop.enterprise(1307, NEW_DISTRICT, value_added=43)
    drop.enterprise(1307, ANOTHER, value_added=47, industry_code="1610")
    # Not on the roster.
    drop.statistics(uscc(1308), NEW_DISTRICT, value_added=53)


def test_1_3_a_row_of_an_enterprise_with_one_roster_row_belongs_to_it(golden: Released) -> None:
    assert golden.result(1301)["value_added"] == 7


def test_1_3_of_several_roster_rows_the_one_of_the_county_named(golden: Released) -> None:
    assert golden.result(1302, county_code=NEW_DISTRICT)["value_added"] == 11
    assert golden.result(1302, county_code=ANOTHER)["value_added"] == 13
    assert golden.result(1302, county_code=NEW_DISTRICT)["tax"] is None
    assert golden.result(1302, county_code=ANOTHER)["tax"] == 17


def test_1_3_else_the_one_with_that_home_county(golden: Released) -> None:
    assert golden.result(1303, county_code=NEW_DISTRICT)["value_added"] == 23
    assert golden.result(1303, county_code=ANOTHER)["value_added"] == 19
    assert golden.result(1304, county_code=NEW_DISTRICT)["value_added"] == 29
    assert golden.result(1304, county_code=ANOTHER)["value_added"] is None
    assert golden.result(1305, county_code=NEW_DISTRICT)["value_added"] is None
    assert golden.result(1305, county_code=ANOTHER)["value_added"] == 31


def test_1_3_a_row_that_matches_none_counts_nowhere(golden: Released) -> None:
    assert golden.result(1306, county_code=NEW_DISTRICT)["value_added"] is None
    assert golden.result(1306, county_code=ANOTHER)["value_added"] == 37
    assert f"enterprise_statistics/{uscc(1306)}/{CENTRAL}" in golden.found("MAT-06")


def test_1_3_what_belongs_to_a_row_that_is_not_evaluated_is_not_used(golden: Released) -> None:
    assert golden.result(1307)["value_added"] == 43
    assert not golden.rows("enterprise_result", uscc=uscc(1308))
    assert uscc(1308) in golden.found("MAT-04")


@example()
def contracts_of_several_roster_rows(drop: Drop) -> None:
    # 1309 lets 300 m2 of NEW_DISTRICT and rents 500 m2 in ANOTHER, from and to itself and outsiders.
    for county in (NEW_DISTRICT, ANOTHER):
        drop.enterprise(1309, county, land_mu=None)
        drop.parcel(uscc(1309), county, 0, area_m2=9000)
    drop.lease(uscc(1399), NEW_DISTRICT, 300, lessor_uscc=uscc(1309))
    drop.lease(uscc(1309), ANOTHER, 500, lessor_uscc=uscc(1399))


def test_1_3_contracts_are_attributed_by_lessee_and_by_lessor(golden: Released) -> None:
    assert golden.land(1309, county_code=NEW_DISTRICT)["computed_m2"] == 9000 - 300
    assert golden.land(1309, county_code=ANOTHER)["computed_m2"] == 9000 + 500


@example()
def merges(drop: Drop) -> None:
    # 1402 and 1403 join 1401: value added 100 + 30 + 5, headcount 10 + 4 + 1, 10 + 2 mu.
    drop.enterprise(1401, NEW_DISTRICT, enterprise_name="母公司", industry_code="2927")
    drop.enterprise(
        1402,
        NEW_DISTRICT,
        value_added=30,
        headcount=4,
        land_mu=2,
        merge_into_uscc=uscc(1401),
        merge_reason="同一厂区",
    )
    drop.enterprise(
        1403, NEW_DISTRICT, value_added=5, headcount=1, tax=None, land_mu=None, merge_into_uscc=uscc(1401)
    )
    # A target with roster rows in two counties: the one of the member's county.
    drop.enterprise(1410, NEW_DISTRICT)
    drop.enterprise(1410, ANOTHER)
    drop.enterprise(1411, ANOTHER, merge_into_uscc=uscc(1410))
    # Not on the roster; in another county; merges itself; the row itself; not evaluated.
    drop.enterprise(1404, NEW_DISTRICT, merge_into_uscc=uscc(1499))
    drop.enterprise(1405, ANOTHER, merge_into_uscc=uscc(1401))
    drop.enterprise(1406, NEW_DISTRICT, merge_into_uscc=uscc(1402))
    drop.enterprise(1407, NEW_DISTRICT, merge_into_uscc=uscc(1407))
    drop.enterprise(1408, NEW_DISTRICT, industry_code="1610")
    drop.enterprise(1409, NEW_DISTRICT, merge_into_uscc=uscc(1408))


def test_1_4_members_are_added_to_the_target(golden: Released) -> None:
    unit = golden.result(1401)
    assert (unit["members"], unit["enterprise_name"], unit["industry_code"]) == (3, "母公司", "2927")
    assert (unit["value_added"], unit["average_headcount"]) == (135, 15)
    assert (unit["tax"], unit["energy"], unit["revenue"], unit["rd_expenditure"]) == (40, 150, 1200, 24)
    assert unit["land_area_mu"] == pytest.approx(12)
    assert not golden.rows("enterprise_result", uscc=uscc(1402))
    assert not golden.rows("enterprise_result", uscc=uscc(1403))


def test_1_4_the_target_is_the_row_in_the_same_county(golden: Released) -> None:
    assert golden.result(1410, county_code=NEW_DISTRICT)["members"] == 1
    assert golden.result(1410, county_code=ANOTHER)["members"] == 2


def test_1_4_a_row_whose_target_is_wrong_stands_alone(golden: Released) -> None:
    for number in (1404, 1405, 1406, 1407, 1409):
        assert golden.result(number)["members"] == 1
    assert golden.found("ROS-04") == {
        f"{uscc(1404)}/{NEW_DISTRICT}",
        f"{uscc(1405)}/{ANOTHER}",
        f"{uscc(1406)}/{NEW_DISTRICT}",
        f"{uscc(1407)}/{NEW_DISTRICT}",
        f"{uscc(1409)}/{NEW_DISTRICT}",
    }


@example("LJXQ", "500112", "500105")
def jointly_built_zone(drop: Drop) -> None:
    drop.enterprise(1501, "LJXQ", value_added=100, home_county_code="500112")
    drop.enterprise(1502, "LJXQ", value_added=20, home_county_code="500105")
    drop.enterprise(1503, "LJXQ", value_added=3)
    drop.enterprise(1504, "500112", value_added=4000)


def test_1_5_a_unit_counts_for_the_zone_and_for_its_home_county(golden: Released) -> None:
    added = {
        row["county_code"]: (row["enterprises"], row["value_added"]) for row in golden.tables["county_result"]
    }
    assert added["LJXQ"] == (3, 123)
    assert added["500112"] == (2, 4100)
    assert added["500105"] == (1, 20)


def test_1_5_only_the_zone_ranks_and_classifies_it(golden: Released) -> None:
    assert golden.result(1501)["county_code"] == "LJXQ"
    assert golden.result(1504)["rank"] == 1
    assert golden.row("class_count", county_code="LJXQ")["classified"] == 3
    assert golden.row("class_count", county_code="500112")["classified"] == 1
    assert not golden.rows("class_count", county_code="500105")


def test_1_5_what_a_county_counts_is_listed_and_adds_up(golden: Released) -> None:
    counted = golden.rows("territory_enterprise", level="county", code="500112")
    assert sorted((row["member_uscc"], row["belonging"], row["value_added"]) for row in counted) == [
        (uscc(1501), "home", 100),
        (uscc(1504), "own", 4000),
    ]
    for result in golden.tables["county_result"]:
        rows = golden.rows("territory_enterprise", level="county", code=result["county_code"])
        assert len(rows) == result["enterprises"]
        for amount in ("value_added", "tax", "emissions"):
            parts = [row[amount] for row in rows if row[amount] is not None]
            assert sum(parts) == pytest.approx(result[amount] or 0)


def test_1_5_an_item_score_by_the_standards_of_few_others_is_not_told(golden: Released) -> None:
    """In LJXQ two others than 1501 are measured: a standard would be the figure of one of them. In GXQ there
    are none, or enough."""
    of_few = golden.rows("home_item", county_code="500112")
    assert {row["value"] is None for row in of_few} == {False}
    assert {row["score"] for row in of_few} == {None}
    told = golden.rows("home_item", county_code="500106", member_uscc=uscc(6404))
    assert sum(row["score"] for row in told) == pytest.approx(golden.result(6404)["base_score"])


@example()
def parks(drop: Drop) -> None:
    # The park lies in a county of the central region, its enterprises wherever they are.
    drop.park("PARK16", CENTRAL)
    drop.enterprise(1601, CENTRAL, value_added=10, park_code="PARK16")
    drop.enterprise(1602, NEW_DISTRICT, value_added=20, park_code="PARK16")
    drop.enterprise(1603, CENTRAL, value_added=40, park_code="NOPARK")
    # A member is where its target is (1.7).
    drop.enterprise(1604, CENTRAL, value_added=80, park_code="PARK16", merge_into_uscc=uscc(1605))
    drop.enterprise(1605, CENTRAL, value_added=160)


def test_1_6_the_base_of_a_park(golden: Released) -> None:
    park = golden.row("park_result", park_code="PARK16")
    assert (park["region"], park["enterprises"], park["value_added"]) == ("central", 2, 30)


def test_1_6_a_park_that_is_not_listed_counts_as_blank(golden: Released) -> None:
    assert golden.result(1603)["park_code"] is None
    assert f"{uscc(1603)}/{CENTRAL}" in golden.found("ROS-08")
    assert golden.result(1605)["park_code"] is None
