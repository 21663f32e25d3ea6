"""From notice to final, units change in structure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.conftest import Outcome, mujun
from tests.drops import MU, Drop, uscc

HERE, THERE, ZONE = "500103", "500105", "LJXQ"

# What is corrected between notice and final, by number of the enterprise: what is not plain of it.
ROSTER: dict[str, dict[int, dict[str, Any]]] = {
    "notice": {
        1: {},
        2: {"merge_into_uscc": uscc(1), "merge_reason": "同一厂区"},
        3: {},
        4: {},
        5: {"county": HERE},
        7: {},
        8: {},
        9: {},
        10: {"tax": 0.0},
        11: {"park_code": "YQ1"},
        12: {"enterprise_name": "旧名厂"},
        13: {"county": ZONE, "home_county_code": HERE},
        14: {"park_code": "YQ3"},
    },
    "final": {
        1: {},
        2: {},  # no longer merged
        3: {"merge_into_uscc": uscc(4), "merge_reason": "集团"},
        4: {},
        5: {"county": THERE},
        6: {},  # new; number 7 is gone
        8: {"tax": 0.0},
        9: {"transition_type": "整体转让", "transition_since": "2024-05-01"},
        10: {},
        11: {"park_code": "YQ2"},
        12: {"enterprise_name": "新名厂"},
        13: {"county": ZONE, "home_county_code": THERE},
        14: {},
    },
}

AREAS = {1: 11, 2: 20, 4: 8.5, 8: 11.5}  # mu of the final, where it is not 10


def drop(stage: str) -> Drop:
    """The drop of a stage: 万元 and mu as the enterprises' numbers, so that no two are alike."""
    year = Drop(2024)
    final = stage == "final"
    for number, said in ROSTER[stage].items():
        year.enterprise(number, **{"county": THERE, "tax": 10.0 + number, **said})
    for park, county in (("YQ2", THERE), ("YQ1", THERE)) if final else (("YQ1", THERE), ("YQ3", THERE)):
        year.park(park, county)
    year.emissions(uscc(4 if final else 1), THERE, cod=1.0)
    year.honour(uscc(4 if final else 1), "2024-05-01")
    year.incident(THERE, "2024-03-01", "重大环境污染事件", uscc=uscc(1 if final else 4))
    year.lease(uscc(8 if final else 9), THERE, 1000.0, lessor_uscc=uscc(4))
    year.rows["land_leases"][0]["contract_id"] = "L2" if final else "L1"
    year.parcel(uscc(1), THERE, 1.0, parcel_id="NEW" if final else "OLD")
    year.add("land_confirmed", uscc=uscc(2 if final else 1), county_code=THERE, confirmed_area_m2=20 * MU)
    if final:
        year.add("new_industrial_land", parcel_id="N1", county_code=THERE, contract_date="2024-02-01")
    year.survey_all()
    waived = ("YOY-05", "X") if final else ("YOY-05", "Y")
    year.add(
        "waivers",
        rule_id=waived[0],
        finding_key=waived[1],
        reason="核实无误",
        approved_by="市亩均办",
        approved_on="2025-01-01",
        expires_on="2026-01-01",
    )
    roster = year.rows["enterprise_roster"]
    for number, row in zip(ROSTER[stage], roster, strict=True) if final else ():
        year.add(
            "county_verification",
            uscc=row["uscc"],
            county_code=row["county_code"],
            taxpayer_name=row["enterprise_name"],
            verified_area_mu=AREAS.get(number, 10),
            verified_on="2025-03-01",
        )
    year.sum_up()
    return year


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, evaluate: Callable[..., Outcome]) -> dict[str, Outcome]:
    """The runs of a year: its notice, and its final after the corrections."""
    home = tmp_path_factory.mktemp("stages-home")
    runs = {}
    for stage in ("notice", "final"):
        inbox = drop(stage).write(tmp_path_factory.mktemp(stage))
        runs[stage] = evaluate(inbox, stage=stage, home=home)
        assert runs[stage].status == 0, runs[stage].out + runs[stage].err
    return runs


def changes(year: dict[str, Outcome]) -> dict[str, Any]:
    """What the final says it changed against the notice."""
    release = year["final"].home / "releases" / "2024" / "r002-final"
    told: dict[str, Any] = json.loads((release / "changes.json").read_text(encoding="utf-8"))
    return told


def test_rows_of_every_table_change_in_structure(year: dict[str, Outcome]) -> None:
    """Every table of a release is compared, with rows that came, went or are others; save those of the
    method."""
    counts = {
        table["table"]: (table["new"], table["gone"], table["altered"]) for table in changes(year)["tables"]
    }
    both_ways = {table for table, (new, gone, _) in counts.items() if new and gone}
    assert both_ways >= {
        *(
            "enterprise_result",
            "enterprise_item",
            "enterprise_land",
            "enterprise_member",
            "enterprise_border",
        ),
        *("enterprise_diagnosis", "enterprise_amount", "enterprise_parcel", "enterprise_contract"),
        *("enterprise_event", "improvement_list", "demonstration", "park_result", "park_item"),
        *("park_diagnosis", "finding", "waiver"),
    }
    unmoved = {table for table, changed in counts.items() if not any(changed)}
    assert unmoved == {"column_dictionary"}


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        (2, {"cause": "separated", "what": uscc(1), "name": "样例1号厂"}),
        (3, {"cause": "merged", "what": uscc(4), "name": "样例4号厂"}),
        (6, {"cause": "new"}),
        (7, {"cause": "gone"}),
        (5, {"cause": "county", "before": HERE, "after": THERE}),
        (1, {"cause": "input", "what": "members", "before": 2, "after": 1}),
        (8, {"cause": "treatment", "before": "classified", "after": "vetoed"}),
        (9, {"cause": "treatment", "before": "classified", "after": "transition"}),
        (10, {"cause": "treatment", "before": "vetoed", "after": "classified"}),
    ],
)
def test_what_became_of_a_unit_is_told(year: dict[str, Outcome], number: int, cause: dict[str, Any]) -> None:
    (moved,) = [unit for unit in changes(year)["moved"] if unit["code"] == uscc(number)]
    assert cause in moved["causes"]


def test_the_workbook_and_the_command_tell_of_structure_too(year: dict[str, Outcome], tmp_path: Path) -> None:
    home = year["final"].home
    release = home / "releases" / "2024" / "r002-final"
    book = openpyxl.load_workbook(release / "workbook.xlsx", read_only=True)
    told = {str(cell) for row in book["变化·排名等级"].iter_rows(values_only=True) for cell in row if cell}
    assert any(f"并入其他企业评价（样例4号厂 {uscc(4)}）" in text for text in told)
    assert any("合并主体数 2→1" in text for text in told)
    compared = mujun(
        *("diff", "2024/r001-notice", "2024/r002-final", "--xlsx", tmp_path / "diff.xlsx"), home=home
    )
    assert compared.status == 0, compared.err
    assert "并入其他企业评价" in compared.out.replace("\n", "").replace(" ", "")
