"""Veto, transition, classified (rulebook 4; 办法 二(五)3, 4). The cut-off date is 2024-12-31."""

from __future__ import annotations

from typing import Any

from tests.drops import Drop, uscc
from tests.golden.examples import NEW_DISTRICT, Released, example

CLASSIFIED = ("classified", None)
SUSPENDED = ("vetoed", "suspended")
ZERO_TAX = ("vetoed", "zero_tax")


def treated(golden: Released, number: int) -> tuple[str, str | None]:
    """How enterprise `number` was treated, and the veto reason."""
    result = golden.result(number)
    return result["treatment"], result["veto_reason"]


@example()
def suspended(drop: Drop) -> None:
    drop.enterprise(4101, NEW_DISTRICT, suspended_since="2023-12-31")  # + 1 year = the cut-off date
    drop.enterprise(4102, NEW_DISTRICT, suspended_since="2024-01-01")  # a day less
    drop.enterprise(4103, NEW_DISTRICT, suspended_since="2020-03-01", tax=0)
    # Of a merged unit the target's suspension counts, not the member's.
    drop.enterprise(4104, NEW_DISTRICT)
    drop.enterprise(4105, NEW_DISTRICT, suspended_since="2020-03-01", merge_into_uscc=uscc(4104))
    drop.enterprise(4106, NEW_DISTRICT, suspended_since="2020-03-01")
    drop.enterprise(4107, NEW_DISTRICT, merge_into_uscc=uscc(4106))


def test_4_1_suspended_for_a_year_or_more_is_vetoed(golden: Released) -> None:
    assert treated(golden, 4101) == SUSPENDED
    assert treated(golden, 4102) == CLASSIFIED
    assert treated(golden, 4103) == SUSPENDED  # zero tax as well: suspended is the reason told
    assert treated(golden, 4104) == CLASSIFIED
    assert treated(golden, 4106) == SUSPENDED


@example()
def zero_tax(drop: Drop) -> None:
    drop.enterprise(4111, NEW_DISTRICT, tax=0)
    # 0.1 + 0.2 − 0.3 yuan: zero as money, 5.6e-17 in binary.
    drop.enterprise(4112, NEW_DISTRICT, tax=None)
    drop.tax(uscc(4112), NEW_DISTRICT, value_added_tax=0.1, stamp_duty=0.2, enterprise_income_tax=-0.3)
    drop.enterprise(4113, NEW_DISTRICT, tax=None)
    drop.tax(uscc(4113), NEW_DISTRICT, value_added_tax=-250.75, policy_relief=250.75)
    drop.enterprise(4114, NEW_DISTRICT, tax=0.000001)  # 0.01 yuan
    drop.enterprise(4121, NEW_DISTRICT, tax=None)
    drop.tax(uscc(4121), NEW_DISTRICT, stamp_duty=0.004)  # no money
    drop.enterprise(4115, NEW_DISTRICT, tax=-3)
    drop.enterprise(4116, NEW_DISTRICT, tax=None)  # no tax row
    # The tax of a merged unit is the unit's: 0 + 5, and 5 − 5.
    drop.enterprise(4117, NEW_DISTRICT, tax=0)
    drop.enterprise(4118, NEW_DISTRICT, tax=5, merge_into_uscc=uscc(4117))
    drop.enterprise(4119, NEW_DISTRICT, tax=5)
    drop.enterprise(4120, NEW_DISTRICT, tax=-5, merge_into_uscc=uscc(4119))


def test_4_1_zero_tax_is_vetoed(golden: Released) -> None:
    assert [treated(golden, number) for number in (4111, 4112, 4113, 4121)] == [ZERO_TAX] * 4
    assert treated(golden, 4114) == CLASSIFIED
    assert treated(golden, 4115) == CLASSIFIED
    assert treated(golden, 4117) == CLASSIFIED
    assert treated(golden, 4119) == ZERO_TAX


def test_4_1_no_tax_row_is_missing_data_and_no_veto(golden: Released) -> None:
    assert treated(golden, 4116) == CLASSIFIED
    assert golden.result(4116)["tax"] is None
    assert f"{uscc(4116)}/{NEW_DISTRICT}" in golden.found("MAT-02")


def test_4_1_the_vetoed_are_not_scored_and_are_class_d(golden: Released) -> None:
    result = golden.result(4111)
    assert result["class"] == "D"
    assert [result[name] for name in ("base_score", "bonus", "deduction", "total_score", "rank")] == [
        None
    ] * 5
    assert not golden.rows("enterprise_item", uscc=uscc(4111))


@example()
def transitions(drop: Drop) -> None:
    for number, kind, since in (
        (4201, "整体转让", "2024-01-01"),  # 2024 − 2024 = 0 < 1
        (4202, "整体转让", "2023-12-31"),  # 1: over
        (4203, "新升规", "2022-01-01"),  # 2 < 3
        (4204, "新升规", "2021-12-31"),  # 3: over
        (4205, "新升规", "2025-01-01"),  # −1: not begun
        (4206, "新升规", ""),  # no date
    ):
        drop.enterprise(number, NEW_DISTRICT, transition_type=kind, transition_since=since)
    # Of a merged unit the target's transition counts, not the member's (1.7).
    drop.enterprise(4207, NEW_DISTRICT)
    drop.enterprise(
        4208,
        NEW_DISTRICT,
        transition_type="新升规",
        transition_since="2024-01-01",
        merge_into_uscc=uscc(4207),
    )


def test_4_2_a_transition_lasts_its_evaluation_years(golden: Released) -> None:
    in_transition = {number for number in range(4201, 4207) if treated(golden, number)[0] == "transition"}
    assert in_transition == {4201, 4203}
    assert treated(golden, 4207) == CLASSIFIED
    over = {f"{uscc(number)}/{NEW_DISTRICT}" for number in (4202, 4204, 4205, 4206)}
    assert over <= golden.found("ROS-05")
    assert f"{uscc(4201)}/{NEW_DISTRICT}" not in golden.found("ROS-05")


def test_4_2_in_transition_is_scored_and_has_no_class(golden: Released) -> None:
    result = golden.result(4201)
    assert (result["rank"], result["class"]) == (None, None)
    assert result["total_score"] > 0
    assert len(golden.rows("enterprise_item", uscc=uscc(4201))) == 5


@example()
def transition_and_veto(drop: Drop) -> None:
    restart: dict[str, Any] = {"transition_type": "整体转让", "transition_since": "2024-03-01"}
    drop.enterprise(4301, NEW_DISTRICT, tax=0, **restart)
    drop.enterprise(4302, NEW_DISTRICT, suspended_since="2022-01-01", **restart)


def test_4_3_transition_goes_before_veto(golden: Released) -> None:
    assert treated(golden, 4301) == ("transition", "zero_tax")
    assert treated(golden, 4302) == ("transition", "suspended")
    assert golden.result(4301)["total_score"] is not None
