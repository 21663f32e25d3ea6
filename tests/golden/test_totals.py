"""Bonus, deduction, total (rulebook 6; 办法 二(三)①, 二(五)1, 2). The year is 2024."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from tests.conftest import mujun
from tests.drops import Drop, uscc
from tests.golden.examples import ANOTHER, NEW_DISTRICT, Released, example


def test_6_1_whoever_adds_the_items_gets_the_total(golden: Released) -> None:
    # 2 of 8 万元 per mu: 28 for the tax, the full weight for the other four.
    assert golden.result(5401)["base_score"] == 30 + 28 + 10 + 10 + 15
    assert golden.result(5402)["base_score"] == 94.1667  # 30 + 29.1667 + 10 + 10 + 15
    for result in golden.rows("enterprise_result"):
        items = golden.rows("enterprise_item", uscc=result["uscc"], county_code=result["county_code"])
        if result["treatment"] != "vetoed":
            assert result["base_score"] == round(sum(item["score"] for item in items), 4)
            assert result["total_score"] == round(
                result["base_score"] + result["bonus"] - result["deduction"], 4
            )


@example()
def honours(drop: Drop) -> None:
    code = drop.enterprise(6201, NEW_DISTRICT)
    drop.honour(code, "2023-12-31")
    drop.honour(code, "2024-01-01")  # + 2
    drop.honour(code, "2024-12-31", "境内外上市")  # + 2
    drop.honour(code, "2025-01-01")
    drop.honour(code, "2024-06-01", "市级及以下称号")
    # One of each national kind, and one more: 12, capped at 10.
    code = drop.enterprise(6202, NEW_DISTRICT)
    for kind in ("境内外上市", "单项冠军", "专精特新小巨人", "绿色工厂", "其他国家级称号", "绿色工厂"):
        drop.honour(code, "2024-05-05", kind)
    # The same title of the same document: of two members two, delivered twice for one of them still one.
    for number, target in ((6203, ""), (6204, uscc(6203))):
        code = drop.enterprise(number, NEW_DISTRICT, merge_into_uscc=target)
        for _ in range(number - 6202):
            drop.add(
                "honours",
                uscc=code,
                honour_type="绿色工厂",
                awarded_on="2024-07-01",
                document_no="样证〔2024〕共同",
            )
    # An enterprise with two roster rows has it in both.
    for county in (NEW_DISTRICT, ANOTHER):
        drop.enterprise(6205, county)
    drop.honour(uscc(6205), "2024-08-08")


def test_6_2_two_points_a_national_title_awarded_in_the_year_ten_at_most(golden: Released) -> None:
    assert [golden.result(number)["bonus"] for number in (6201, 6202, 6203)] == [4, 10, 4]
    assert [row["bonus"] for row in golden.rows("enterprise_result", uscc=uscc(6205))] == [2, 2]


@example()
def enterprise_incidents(drop: Drop) -> None:
    code = drop.enterprise(6301, NEW_DISTRICT)
    kinds = ("较大及以上安全生产事故", "重大环境污染事件", "纳税信用D级", "新增违法用地")
    for kind, day in zip(kinds, ("2024-01-01", "2024-12-31", "2023-12-31", "2025-01-01"), strict=True):
        drop.incident(NEW_DISTRICT, day, kind, uscc=code)
    # The five kinds, and one more: 6, capped at 5.
    code = drop.enterprise(6302, NEW_DISTRICT)
    for kind in (*kinds, "企业信用黑名单", "新增违法用地"):
        drop.incident(NEW_DISTRICT, "2024-03-03", kind, uscc=code)
    # A member's incident is the unit's.
    drop.enterprise(6303, NEW_DISTRICT)
    drop.enterprise(6304, NEW_DISTRICT, merge_into_uscc=uscc(6303))
    drop.incident(NEW_DISTRICT, "2024-03-03", "新增违法用地", uscc=uscc(6304))
    # Of two roster rows, the one of the county that the incident names.
    for county in (NEW_DISTRICT, ANOTHER):
        drop.enterprise(6305, county)
    drop.incident(ANOTHER, "2024-03-03", "纳税信用D级", uscc=uscc(6305))


def test_6_3_a_point_off_for_each_incident_in_the_year_five_at_most(golden: Released) -> None:
    assert [golden.result(number)["deduction"] for number in (6301, 6302, 6303)] == [2, 5, 1]
    assert golden.result(6305, county_code=NEW_DISTRICT)["deduction"] == 0
    assert golden.result(6305, county_code=ANOTHER)["deduction"] == 1


@example("500106", "500107", "500108", "GXQ")
def territory_incidents(drop: Drop) -> None:
    drop.park("P64", "GXQ")
    drop.park("P65", "500108")
    drop.enterprise(6401, "500106")
    drop.enterprise(6402, "500107")
    drop.enterprise(6403, "500108", park_code="P65")
    zone = drop.enterprise(6404, "GXQ", home_county_code="500106", park_code="P64")
    # In 500107, by an enterprise of GXQ whose home is 500106: a point for each of them, and for its park.
    drop.incident("500107", "2024-01-01", "较大及以上安全生产事故", uscc=zone)
    # Named outright and through its unit: once.
    drop.incident("GXQ", "2024-12-31", "重大环境污染事件", uscc=zone, park_code="P64")
    # Neither in the year, nor of the two kinds that count against a territory.
    drop.incident("500107", "2023-12-31", "重大环境污染事件")
    drop.incident("500107", "2025-01-01", "重大环境污染事件")
    drop.incident("500107", "2024-05-05", "新增违法用地", uscc=zone)
    # Six in 500108, all naming the park: capped at 5.
    for _ in range(6):
        drop.incident("500108", "2024-06-06", "较大及以上安全生产事故", park_code="P65")


def test_6_4_a_point_off_a_territory_that_is_named_or_holds_the_unit(golden: Released) -> None:
    counties = {row["county_code"]: row["deduction"] for row in golden.tables["county_result"]}
    assert counties["500107"] == 1  # named by the first
    assert counties["GXQ"] == 2  # its unit's first, and the second, once
    assert counties["500106"] == 2  # its unit's, through the home county
    assert counties["500108"] == 5
    assert counties["500112"] == 0
    parks = {row["park_code"]: row["deduction"] for row in golden.tables["park_result"]}
    assert (parks["P64"], parks["P65"], parks["C1"]) == (2, 5, 0)


def test_6_4_every_point_off_has_its_incident(golden: Released) -> None:
    told = {
        code: sorted(
            (row["charged_by"], row["belonging"] or "", row["points"], row["reason"])
            for row in golden.rows("territory_incident", level=level, code=code)
        )
        for level, code in (("county", "500106"), ("county", "500107"), ("park", "P64"))
    }
    by_enterprise = [("enterprise", "home", 0, "no_points"), *[("enterprise", "home", 1, "counted")] * 2]
    assert told["500106"] == by_enterprise
    assert told["500107"] == [
        ("named", "", 0, "other_year"),
        ("named", "", 0, "other_year"),
        ("named", "other", 0, "no_points"),
        ("named", "other", 1, "counted"),
    ]
    assert told["P64"] == [
        ("enterprise", "own", 0, "no_points"),
        ("enterprise", "own", 1, "counted"),
        ("named", "own", 1, "counted"),
    ]
    package = golden.folder / "packages" / "counties" / "500107" / "territory_incident.parquet"
    shown = duckdb.sql(f"select distinct uscc, enterprise_name, unit_uscc from '{package}'").fetchall()
    assert shown == [(None, None, None)]  # of the enterprise of another county it learns nothing


def test_6_4_a_county_and_a_park_are_explained(golden: Released, golden_home: Path) -> None:
    call = ("explain", "--year", "2024")
    county = mujun(*call, "--county", "500108", home=golden_home, COLUMNS="200").out
    assert "1 + 1 + 1 + 1 + 1 + 1 = 6 分；累计6分，至多减5分" in county
    result = golden.row("county_result", county_code="500106")
    home = json.loads(mujun(*call, "--county", "500106", "--json", home=golden_home).out)
    assert home["result"][0]["total_score"] == result["total_score"]
    assert sum(row["enterprises"] for row in home["counted"]) == result["enterprises"]
    assert uscc(6404) in {row["member_uscc"] for row in home["elsewhere"]}
    park = mujun(*call, "--park", "P64", home=golden_home, COLUMNS="200").out
    assert "1 + 1 = 2 分" in park
    for wrong in (("--park", "P64", "--county", "500108"), ("--county", "nowhere"), ()):
        assert mujun(*call, *wrong, home=golden_home).status == 2


@example("500109")
def total(drop: Drop) -> None:
    code = drop.enterprise(6501, "500109")
    drop.honour(code, "2024-02-02")
    drop.honour(code, "2024-03-03", "单项冠军")
    drop.incident("500109", "2024-04-04", "新增违法用地", uscc=code)


def test_6_5_total_is_base_and_bonus_less_deduction(golden: Released) -> None:
    # Alone in its county: 100, + 2 × 2, − 1.
    result = golden.result(6501)
    assert [result[name] for name in ("base_score", "bonus", "deduction", "total_score")] == [100, 4, 1, 103]
