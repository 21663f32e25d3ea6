"""Diagnosis, class borders, sources and lists (rulebook 8.3; 意见 三(一)2, 三(四)8).

On two years of their own: on 2025-11-06 江北区, 渝北区 and the zone 两江新区 became the one county 500157.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.release.history import VIEWS, keep_history
from orchestration.release.reading import open_history
from orchestration.release.register import sha256
from orchestration.release.upkeep import adopt
from orchestration.settings import Home
from tests.conftest import Outcome
from tests.drops import Drop, uscc
from tests.golden.examples import Released, Row

JIANGBEI, YUBEI, ZONE, MERGED = "500105", "500112", "LJXQ", "500157"
BORDERS, CENTRAL = "500102", "500103"
FIRST, SECOND, THIRD, FOURTH, LAST, GONE = range(1, 7)


def last_year() -> Drop:
    drop = Drop(2024)
    # One enterprise in two counties, and one in the zone whose home is Jiangbei: three counties that merge.
    code = drop.enterprise(21, JIANGBEI, value_added=100, tax=20, headcount=10, energy=50, land_mu=10)
    drop.add("enterprise_roster", uscc=code, county_code=YUBEI, enterprise_name="样例21号厂")
    drop.statistics(code, YUBEI, value_added=80, headcount=20, energy=30)
    drop.tax(code, YUBEI, value_added_tax=100000)
    drop.parcel(code, YUBEI, 20)
    drop.enterprise(22, ZONE, value_added=40, tax=5, headcount=5, land_mu=20, home_county_code=JIANGBEI)
    drop.enterprise(FIRST, BORDERS, tax=80)
    drop.enterprise(SECOND, BORDERS, tax=-60)
    # As this year in every ratio but the tax per mu: 3 万元, on 8 mu.
    drop.enterprise(THIRD, BORDERS, value_added=80, headcount=8, energy=40, tax=24, land_mu=8)
    drop.enterprise(FOURTH, BORDERS, suspended_since="2020-01-01")
    drop.enterprise(GONE, BORDERS, tax=10, land_mu=2, suspended_since="2020-01-01")
    drop.park("P1", BORDERS)
    drop.survey_all(mu=100)
    return drop


def this_year() -> Drop:
    drop = Drop(2025)
    drop.enterprise(21, MERGED, value_added=216, tax=30, headcount=30, land_mu=30)
    drop.enterprise(22, MERGED, value_added=44)
    # Only the tax differs: 10, 6, 4, 3, 2 万元/亩.
    for number, tax in zip((FIRST, SECOND, THIRD, FOURTH, LAST), (100, 60, 40, 30, 20), strict=True):
        drop.enterprise(number, BORDERS, tax=tax)
    drop.enterprise(31, CENTRAL, tax=0)
    drop.enterprise(32, CENTRAL, suspended_since="2025-08-01")
    drop.enterprise(33, CENTRAL, suspended_since="2024-12-31", tax=0)
    drop.enterprise(34, CENTRAL, tax=0, transition_type="整体转让", transition_since="2025-03-01")
    for number in range(35, 38):
        drop.enterprise(number, CENTRAL, value_added=200, rd=20, tax=60 - number)
    # 38 merges into 35, has a title, leases out a plot and takes half a floor.
    member = drop.enterprise(38, CENTRAL, land_mu=3, merge_into_uscc=uscc(35), merge_reason="集团")
    drop.honour(member, "2025-05-05")
    drop.honour(member, "2024-05-05")
    drop.honour(member, "2025-06-06", honour_type="市级及以下称号")
    drop.incident(CENTRAL, "2025-07-07", "新增违法用地", uscc=uscc(35))
    drop.lease(
        member,
        CENTRAL,
        500,
        object_type="多层厂房",
        project_floor_area_m2=3000,
        project_land_area_m2=1000,
        lessor_uscc=uscc(36),
    )
    drop.lease(member, CENTRAL, 70, tenure="购买", lessor_uscc=uscc(37), starts_on="2026-01-01")
    drop.parcel(uscc(36), CENTRAL, 5, contract_date="2024-02-02")  # 36 has been above scale for ever
    drop.parcel(uscc(36), CENTRAL, 7, land_use="其他")
    drop.parcel(uscc(36), CENTRAL, 9, ended_on="2020-01-01")
    drop.parcel(uscc(36), CENTRAL, 11, registered_on="2026-01-01")
    drop.enterprise(39, CENTRAL, land_mu=None)
    drop.parcel(uscc(39), CENTRAL, 5, contract_date="2024-02-02")
    drop.survey_all(mu=100)
    return drop


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, evaluate: Callable[..., Outcome]) -> Released:
    """What was released for 2025, after 2024."""
    inbox, home = tmp_path_factory.mktemp("diagnosis") / "inbox", tmp_path_factory.mktemp("diagnosis-home")
    for drop in (last_year(), this_year()):
        outcome = evaluate(drop.write(inbox), year=drop.year, home=home)
        assert outcome.status == 0, outcome.out + outcome.err
    return Released.read(home / "releases" / "2025" / "r001-draft")


def diagnosis(released: Released, number: int, indicator: str = "tax_per_mu") -> Row:
    return released.row("enterprise_diagnosis", uscc=uscc(number), indicator=indicator)


def border(released: Released, number: int) -> Row:
    return released.row("enterprise_border", uscc=uscc(number))


def move(released: Released, number: int) -> tuple[Any, ...]:
    row = released.row("enterprise_move", uscc=uscc(number))
    parts = ("own_figures", "land", "standards", "weights", "bonus", "deduction")
    return (row["reason"], row["change"], *(row[part] for part in parts))


def tax_move(released: Released, number: int) -> tuple[float, ...]:
    row = released.row("enterprise_move_item", uscc=uscc(number), indicator="tax_per_mu")
    return tuple(row[part] for part in ("change", "own_figures", "land", "standards", "weights"))


# Taxes per mu 10, 6, 4, 3, 2: mean 5, weight 35. Everything else is equal, hence 优: 65 points.
#   10 → 35; 6 → 31.5 + (6 − 5) / (10 − 5) × 3.5 = 32.2; 4 → 28 + (4 − 2) / (5 − 2) × 3.5 = 30.3333;
#   3 → 29.1667; 2 → 28. Totals 100, 97.2, 95.3333, 94.1667, 93; classes A B B B C.


def test_8_3_distance_to_the_group_and_place_in_it(released: Released) -> None:
    second = diagnosis(released, SECOND)
    assert (second["group_code"], second["value"], second["to_mean"], second["to_max"]) == (BORDERS, 6, 1, -4)
    assert (second["score"], second["points_lost"]) == (32.2, 2.8)
    assert (second["item_rank"], second["ranked"]) == (2, 5)
    # Equal scores share the better place.
    shared = {row["item_rank"] for row in released.rows("enterprise_diagnosis", indicator="rd_intensity")}
    assert diagnosis(released, LAST, "rd_intensity")["item_rank"] == 1
    assert 1 in shared


def test_8_3_the_smallest_total_that_lifts_one_class(released: Released) -> None:
    second = border(released, SECOND)
    assert (second["class"], second["next_class"], second["next_class_total"]) == ("B", "A", 100)
    assert second["points_missing"] == 2.8
    # The mean becomes (19 + x) / 5 = 5.8, and 31.5 + (x − 5.8) / 4.2 × 3.5 rounds to the whole weight.
    value = diagnosis(released, SECOND)["lifting_value"]
    assert value == pytest.approx(10 - 0.00005 / 3.5 * 4.2, rel=1e-9)
    last = border(released, LAST)
    assert (last["class"], last["next_class"], last["next_class_total"]) == ("C", "B", 94.1667)
    assert last["points_missing"] == 1.1667
    # x is the smallest, 28; 3 gets 28 + (3 − x) / ((23 + x) / 5 − x) × 3.5, rounded to 28 if x is near.
    value = diagnosis(released, LAST)["lifting_value"]
    assert value == pytest.approx(3 - 0.00005 * 2.2 / 3.5, rel=1e-9)
    # Elsewhere all are equal: whoever is a little above them is the maximum, and they fall from 10 to 8.
    research = diagnosis(released, LAST, "rd_intensity")
    assert research["value"] < research["lifting_value"] == pytest.approx(research["value"], rel=1e-7)
    # All of them lift it; the best is one that takes the least rise.
    assert last["best_value"] == diagnosis(released, LAST, last["best_indicator"])["lifting_value"]


def test_8_3_the_smallest_total_that_keeps_the_class(released: Released) -> None:
    assert border(released, FIRST)["next_class"] is None
    assert border(released, FIRST)["lower_border_total"] == 97.2  # it would share rank 1
    assert border(released, SECOND)["lower_border_total"] == 93
    assert border(released, LAST)["lower_border_total"] is None


def test_8_3_a_vetoed_unit_has_values_but_no_tier_score_or_border(released: Released) -> None:
    vetoed = diagnosis(released, 31, "value_added_per_mu")
    assert vetoed["value"] == 10
    assert vetoed["to_mean"] is not None
    assert [vetoed[name] for name in ("tier", "score", "points_lost", "item_rank", "lifting_value")] == [
        None
    ] * 5
    assert not released.rows("enterprise_border", uscc=uscc(31))
    assert not released.rows("enterprise_border", uscc=uscc(34))  # in transition: scored, no class
    assert diagnosis(released, 34)["score"] is not None


def test_8_3_the_year_before(released: Released) -> None:
    assert diagnosis(released, FIRST)["previous_value"] == 8
    assert diagnosis(released, FIRST)["change"] == pytest.approx(25)
    assert diagnosis(released, SECOND)["previous_value"] == -6
    assert diagnosis(released, SECOND)["change"] is None  # not positive
    assert diagnosis(released, LAST)["previous_value"] is None
    # (100 + 80) / (10 + 20) mu: two units that meet in one successor are added together; 216 / 30 = 7.2
    met = diagnosis(released, 21, "value_added_per_mu")
    assert met["previous_value"] == pytest.approx(6)
    assert met["change"] == pytest.approx(20)


def test_8_3_a_successor_counts_each_unit_of_the_year_before_once(released: Released) -> None:
    def county(indicator: str) -> Row:
        return released.row("county_diagnosis", county_code=MERGED, indicator=indicator)

    # Enterprise 22 counted in the zone and in Jiangbei: (100 + 80 + 40) / (10 + 20 + 5) persons.
    assert county("labour_productivity")["previous_value"] == pytest.approx(220 / 35)
    # Their surveyed land is 100 mu each.
    assert county("value_added_per_mu")["previous_value"] == pytest.approx(220 / 300)
    assert county("labour_productivity")["group_code"] == "central"


def test_each_amount_has_its_cell_and_adds_up(released: Released) -> None:
    figures = list(released.amounts())
    (cell,) = (
        one for one in figures if (one["uscc"], one["column_name"]) == (uscc(FIRST), "value_added_tax")
    )
    assert (cell["delivered"], cell["unit"], cell["label_zh"]) == (1000000, "元", "增值税")
    assert (cell["department"], cell["feed"], cell["measure"]) == ("tax", "tax_payments", "tax")
    assert (cell["source_file"], cell["source_sheet"]) == ("tax_payments.csv", None)
    # Line 1 is the header, value_added_tax the fourth column.
    assert cell["source_cell"] == f"D{cell['source_row_key']}"
    # The unit of 35 and 38: 3,000 千元 = 300 万元.
    amounts = [
        one for one in figures if (one["uscc"], one["column_name"]) == (uscc(35), "industrial_value_added")
    ]
    assert {amount["member_uscc"] for amount in amounts} == {uscc(35), uscc(38)}
    assert sum(amount["delivered"] for amount in amounts) == 3000
    assert released.result(35)["value_added"] == 300


def test_each_parcel_says_why_it_counts_or_not(released: Released) -> None:
    parcels = released.rows("enterprise_parcel", uscc=uscc(36))
    assert {(parcel["reason"], parcel["counted"]) for parcel in parcels} == {
        ("counted", True),
        ("newly_granted", False),
        ("land_use", False),
        ("ended", False),
        ("not_yet_registered", False),
    }
    (only,) = released.rows("enterprise_parcel", uscc=uscc(39))
    assert (only["reason"], only["counted"]) == ("only_land", True)


def test_each_contract_says_what_it_adds_or_takes_off(released: Released) -> None:
    taken = released.row("enterprise_contract", member_uscc=uscc(38), object_type="multi_storey")
    # Of the floor, 500 / 3,000 × 1,000 m2 of land.
    assert (taken["uscc"], taken["role"], taken["counted"]) == (uscc(35), "lessee", True)
    assert taken["land_m2"] == pytest.approx(500 / 3)
    given = released.row("enterprise_contract", member_uscc=uscc(36))
    assert (given["role"], given["counted"], given["counterparty_uscc"]) == ("lessor", True, uscc(38))
    assert released.land(36)["leased_out_m2"] == pytest.approx(500 / 3)
    for party in (37, 38):
        later = released.row("enterprise_contract", member_uscc=uscc(party), tenure="purchase")
        assert (later["counted"], later["reason"]) == (False, "not_yet_started")


def test_each_event_says_what_it_earns_or_costs(released: Released) -> None:
    events = released.rows("enterprise_event", uscc=uscc(35))
    told = sorted((event["kind"], event["reason"], event["points"]) for event in events)
    assert told == [
        ("honour", "counted", 2),
        ("honour", "no_points", 0),
        ("honour", "other_year", 0),
        ("incident", "counted", 1),
    ]
    result = released.result(35)
    assert (result["bonus"], result["deduction"]) == (2, 1)


def test_the_lists_of_the_policy_s_measures(released: Released) -> None:
    listed = released.rows("improvement_list", county_code=CENTRAL)
    by_reason = {
        reason: {row["uscc"] for row in rows}
        for reason, rows in groupby(sorted(listed, key=lambda row: row["reason"]), lambda row: row["reason"])
    }
    assert by_reason["suspended"] == {uscc(32), uscc(33)}  # however briefly
    assert by_reason["zero_tax"] == {uscc(31), uscc(33), uscc(34)}  # in transition too
    assert by_reason["class_d"] == {
        row["uscc"] for row in released.rows("enterprise_result", county_code=CENTRAL, **{"class": "D"})
    }
    lowest = released.row("improvement_list", uscc=uscc(LAST), reason="class_c")
    assert lowest["weakest_indicator"] == "tax_per_mu"


def test_every_code_is_explained(released: Released) -> None:
    codes = {(row["subject"], row["code"]): row for row in released.tables["code_list"]}
    assert codes["tier", "较优"]["value"] == "0.9"
    assert codes["honour_type", "green_factory"]["label_zh"] == "绿色工厂"
    assert codes["feed", "tax_payments"]["value"] == "tax"
    assert codes["run", "cut_off"]["value"] == "2025-12-31"
    for row in released.tables["enterprise_contract"]:
        assert {("tenure", row["tenure"]), ("object_type", row["object_type"])} <= codes.keys()


# Why a total moved. The standards of 2024 (8 and 3 take part, −6 does not): maximum 8, mean 5.5, smallest
# 3; those of 2025: 10, 5, 2. A part is what the score moves when the part becomes this year's, as the mean
# over all orders in which they could.


def test_8_3_the_best_rose_and_so_did_what_it_is_measured_by(released: Released) -> None:
    # 8 → 10 at 35 points in both years. The tax first: 10 is beyond 8, 35; then the standards: 35.
    # The standards first: 31.5 + (8 − 5) / (10 − 5) × 3.5 = 33.6; then the tax: 35. Tax (0 + 1.4) / 2.
    assert tax_move(released, FIRST) == (0, 0.7, 0, -0.7, 0)
    assert move(released, FIRST) == (None, 0, 0.7, 0, -0.7, 0, 0, 0)


def test_8_3_what_is_worth_the_same_by_both_standards_is_its_own(released: Released) -> None:
    # −6 → 6. −6 earns nothing by any standards. 6 earns 31.5 + (6 − 5.5) / (8 − 5.5) × 3.5 = 32.2 by those
    # of 2024, and 31.5 + (6 − 5) / (10 − 5) × 3.5 = 32.2 by those of 2025.
    assert tax_move(released, SECOND) == (32.2, 32.2, 0, 0, 0)


def test_8_3_a_change_of_tax_land_and_standards_is_told_apart(released: Released) -> None:
    # Tax 24 → 40, land 8 → 10. Tax per mu 3, with the new tax 5, with the new land 2.4, with both 4:
    #   by the standards of 2024   28       30.8   27.16     29.4
    #   by those of 2025           29.1667  31.5   28.4667   30.3333
    # The first and the last to move count in 2 of the 6 orders each, the one in the middle in 1 and 1.
    #   tax        2.8 / 3 + 2.24 / 6 + 2.3333 / 6 + 1.8666 / 3 = 2.31775
    #   land       −0.84 / 3 − 1.4 / 6 − 0.7 / 6 − 1.1667 / 3 = −1.0189
    #   standards  1.1667 / 3 + 0.7 / 6 + 1.3067 / 6 + 0.9333 / 3 = 1.03445
    # Of the two that end in half a ten-thousandth the first is rounded up.
    assert tax_move(released, THIRD) == (2.3333, 2.3178, -1.0189, 1.0344, 0)
    # Value added per mu is 10 = the maximum in both years. With the new land alone it is 8, 0 points where
    # all others have 10; with the new value added alone 12.5: 15 points for the one, 15 against the other.
    assert move(released, THIRD) == (None, 2.3333, 17.3178, -16.0189, 1.0344, 0, 0, 0)
    assert released.row("enterprise_move", uscc=uscc(THIRD))["own"] == 1.2989


def test_8_3_a_change_without_parts_has_a_reason(released: Released) -> None:
    reasons = {number: move(released, number)[0] for number in (FOURTH, LAST, 21, 22, 31, 34)}
    assert reasons == {
        FOURTH: "vetoed_before",
        LAST: "new",
        21: "united",  # one enterprise in two counties that are one now
        22: None,  # of the zone that is part of it
        31: "vetoed",
        34: "new",  # in transition: scored, no class
    }
    assert {
        row[part] for row in released.rows("enterprise_move", reason="new") for part in ("own", "change")
    } == {None}


def over_the_years(released: Released, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with open_history(released.folder.parents[1] / "history.duckdb") as history:
        return history.execute(query, values).fetchall()


def test_the_growth_of_a_figure_per_mu_is_split(released: Released) -> None:
    # Tax and land, 2024: 80/10, −60/10, 24/8, 20/10, of the one that leaves 10/2: 74 / 40 = 1.85.
    # 2025: 100/10, 60/10, 40/10, 30/10, of the one that enters 20/10: 250 / 50 = 5. In the middle: 3.425.
    # Shares of the land: 0.25, 0.25, 0.2, 0.25, 0.05; then 0.2 each.
    #   within   0.225 × (10 − 8) + 0.225 × (6 + 6) + 0.2 × (4 − 3) + 0.225 × (3 − 2)        = 3.575
    #   between  −0.05 × (9 − 3.425) − 0.05 × (0 − 3.425) + 0 − 0.05 × (2.5 − 3.425)        = −0.06125
    #   entered  0.2 × (2 − 3.425)                                                          = −0.285
    #   left     −0.05 × (5 − 3.425)                                                        = −0.07875
    ((growth, *parts, entering, leaving),) = over_the_years(
        released,
        "select growth, within, between_units, entered, has_left, entering, leaving from growth_split "
        "where scope = 'county' and code = ? and indicator = 'tax_per_mu'",
        BORDERS,
    )
    assert [float(part) for part in parts] == [3.575, -0.06125, -0.285, -0.07875]
    assert float(growth) == 3.15
    assert (entering, leaving) == (1, 1)
    every = (
        "select growth, within + between_units + entered + has_left, value - previous_value from growth_split"
    )
    for growth, parts_, difference in over_the_years(released, every):
        assert growth == parts_ == difference


def test_counties_are_followed_through_their_merger(released: Released) -> None:
    # 100 + 80 of the enterprise in both, 40 of the one in the zone, which its home county counts too.
    assert over_the_years(
        released,
        "select year, counties, value_added, land_area_mu, rank from county_year where county_code = ? "
        "order by year",
        MERGED,
    ) == [(2024, 3, 220, pytest.approx(300), None), (2025, 1, 260, pytest.approx(100), 2)]
    assert over_the_years(
        released,
        "select year, units, land_area_mu, value_added from unit_year where uscc = ? order by 1",
        uscc(21),
    ) == [(2024, 2, pytest.approx(30), 180), (2025, 1, pytest.approx(30), 216)]
    moved = dict(
        over_the_years(released, "select uscc, moved from unit_class_move where county_code = ?", BORDERS)
    )
    assert {number: moved[uscc(number)] for number in (FIRST, FOURTH, LAST, GONE)} == {
        FIRST: "same",
        FOURTH: "up",  # vetoed, which is D, and now in B
        LAST: "new",
        GONE: "gone",
    }


def test_a_year_without_a_figure_is_no_year_before(released: Released, tmp_path: Path) -> None:
    """Where the released year before has none, the change is none: not the one since the year before that."""
    copied = Path(shutil.copy(released.folder.parents[1] / "history.duckdb", tmp_path / "history.duckdb"))
    copied.chmod(0o600)
    trend = """select year, previous_year, previous_value is not null, change is not null from indicator_trend
        where level = 'city' and indicator = 'tax_per_mu' order by year"""
    with duckdb.connect(str(copied)) as history:
        assert history.execute(trend).fetchall() == [(2024, None, False, False), (2025, 2024, True, True)]
        history.execute("insert into history_release (year) values (2023)")
        history.execute("update city_target set year = 2023 where year = 2024")
        assert history.execute(trend).fetchall() == [(2023, None, False, False), (2025, 2024, False, False)]


def test_what_an_older_version_lacks_is_null_over_the_years(
    released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged history is made anew, with a sentence, and then left alone until its views are others."""
    home = Home(tmp_path / "home")
    shutil.copytree(released.folder.parents[1], home.path / "releases", symlinks=True)
    older = home.releases(2024) / "r001-draft"
    for path in (older, *older.iterdir()):
        path.chmod(0o700)
    with duckdb.connect(str(older / "release.duckdb")) as database:
        database.execute("alter table enterprise_result drop column previous_total_score")
        database.execute("drop table enterprise_move")
        database.execute("alter table class_count alter column a type double")
        database.execute("update class_count set a = 0.5")
    manifest = json.loads((older / "manifest.json").read_text(encoding="utf-8"))
    for output in manifest["outputs"]:
        if output["name"] == "release.duckdb":
            output["sha256"] = sha256(older / "release.duckdb")
    (older / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (home.path / "releases" / "log.jsonl").unlink()
    adopt(home, lambda _: None, only_unlogged=False)
    said: list[str] = []
    home.history.unlink()
    home.history.write_bytes(b"no database")
    keep_history(home, said.append)
    (sentence,) = said
    assert "could not be read" in sentence
    assert "made anew of 2024/r001-draft, 2025/r001-draft" in sentence
    with open_history(home.history) as history:
        years = (
            "select year, count(*), count(previous_total_score) from enterprise_result group by 1 order by 1"
        )
        (old, _, of_old), (new, _, of_new) = history.execute(years).fetchall()
        assert (old, of_old, new) == (2024, 0, 2025)
        assert of_new > 0
        assert history.execute("select distinct year, stage, release from enterprise_move").fetchall() == [
            (2025, "draft", "r001-draft")
        ]
        assert history.execute("select distinct a from class_count where year = 2024").fetchall() == [(0.5,)]
    keep_history(home, said.append)
    assert len(said) == 1
    views = Path(shutil.copytree(VIEWS, tmp_path / "views"))
    (views / "7_more.sql").write_text(
        "-- 一: one.\ncreate view more as\nselect 1 as one;\n", encoding="utf-8"
    )
    monkeypatch.setattr("orchestration.release.history.VIEWS", views)
    keep_history(home, said.append)
    keep_history(home, said.append)
    assert len(said) == 2
    assert "its views are others now, made anew of 2024/r001-draft" in said[1]
    with open_history(home.history) as history:
        assert history.execute("from more").fetchall() == [(1,)]
