"""The method is data: its tables, changed, change exactly what they should, with no line of code touched."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.presentation.explain import explain, find_unit
from orchestration.presentation.explain_sheet import Facts, make_sheet
from orchestration.settings import policy_folder
from tests.conftest import Outcome, mujun
from tests.drops import Drop, uscc
from tests.golden.examples import Released, Row


def edit(folder: Path, table: str, changes: dict[str, Any], **where: str) -> None:
    """Change the rows of a table that have the values of `where`."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows, columns = list(reader), list(reader.fieldnames or ())
    found = [row for row in rows if where.items() <= row.items()]
    assert found, f"{table} has no row with {where}"
    for row in found:
        row.update({name: str(value) for name, value in changes.items()})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def add_edition(folder: Path, edition: str, first_year: int) -> None:
    """Add an edition like the present one, in force from `first_year` on."""
    for path in folder.glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        if lines[0].startswith("edition,"):
            copies = [line.replace("2023-72", edition, 1) for line in lines[1:]]
            path.write_text("".join([*lines, *copies]), encoding="utf-8")
    edit(folder, "editions", {"first_year": first_year}, edition=edition)


SEVENTH = "tax_per_energy"


def add_indicator(folder: Path, edition: str) -> None:
    """A seventh indicator of enterprises, by rows alone: 5 of the weight of R&D intensity are its own."""
    with (folder / "indicators.csv").open("a", encoding="utf-8") as file:
        file.write(f"{edition},{SEVENTH},单位能耗税收,tax,energy,1,万元/吨标煤,7,说明 二\n")
    for region, weight in (("central", 15), ("new_districts", 10), ("two_clusters", 5)):
        of_region = {"edition": edition, "region": region, "level": "enterprise"}
        edit(folder, "weights", {"weight": weight}, **of_region, indicator="rd_intensity")
        with (folder / "weights.csv").open("a", encoding="utf-8") as file:
            file.write(f"{edition},{region},enterprise,{SEVENTH},5,%,办法 二(二)\n")


@pytest.fixture(scope="module")
def method(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The method with other weights, quotas and zeros, and an edition from 2025 on with another scope and one
    indicator more."""
    folder = tmp_path_factory.mktemp("method") / "policy"
    shutil.copytree(policy_folder(), folder)
    add_edition(folder, "2025-1", 2025)
    edit(folder, "parameters", {"value": "region"}, edition="2025-1", parameter="standard_scope")
    add_indicator(folder, "2025-1")
    present = {"edition": "2023-72"}
    edit(folder, "parameters", {"value": "zero"}, **present, parameter="zero_value")
    for indicator, weight in (("tax_per_mu", 20), ("value_added_per_mu", 45)):
        edit(
            folder,
            "weights",
            {"weight": weight},
            **present,
            region="central",
            level="enterprise",
            indicator=indicator,
        )
    for grade, share in (("A", 40), ("B", 35)):
        edit(folder, "quotas", {"share": share}, **present, **{"class": grade})
    return folder


@pytest.fixture(scope="module")
def changed(
    method: Path,
    golden_inbox: Path,
    golden_home: Path,
    evaluate: Callable[..., Outcome],
    tmp_path_factory: pytest.TempPathFactory,
) -> Released:
    """The golden year by the changed method, beside the same release of the year before."""
    home = tmp_path_factory.mktemp("changed-home")
    shutil.copytree(golden_home / "releases" / "2023", home / "releases" / "2023", symlinks=True)
    log = golden_home / "releases" / "log.jsonl"
    of_2023 = [line for line in log.read_text(encoding="utf-8").splitlines(True) if '"year": 2023' in line]
    (home / "releases" / "log.jsonl").write_text("".join(of_2023), encoding="utf-8")
    outcome = evaluate(golden_inbox, home=home, MUJUN_POLICY=str(method))
    assert outcome.status == 0, outcome.err
    return Released.read(home / "releases" / "2024" / "r001-draft")


def by_key(released: Released, table: str, *without: str) -> list[Row]:
    """The rows of a table without some columns."""
    return [
        {name: value for name, value in row.items() if name not in without} for row in released.tables[table]
    ]


def test_what_does_not_depend_on_the_changed_tables_is_the_same(golden: Released, changed: Released) -> None:
    for table in ("enterprise_land", "standard", "city_target", "finding", "class_count"):
        shares = ("quota_a", "quota_b", "quota_c")
        without = ("a", "b", "c", "d", "last_a", *shares) if table == "class_count" else ()
        assert by_key(changed, table, *without) == by_key(golden, table, *without)
    scores = ("base_score", "total_score", "rank", "class")
    assert by_key(changed, "enterprise_result", *scores) == by_key(golden, "enterprise_result", *scores)


def test_a_changed_weight_changes_the_items_of_its_region_level_and_indicator(
    golden: Released, changed: Released
) -> None:
    new_weights = {"tax_per_mu": (35, 20), "value_added_per_mu": (30, 45)}
    central = {row["county_code"] for row in golden.rows("enterprise_result", region="central")}
    reweighed = 0
    for before, after in zip(
        golden.tables["enterprise_item"], changed.tables["enterprise_item"], strict=True
    ):
        if before["county_code"] in central and before["indicator"] in new_weights:
            old, new = new_weights[before["indicator"]]
            assert (before["weight"], after["weight"]) == (old, new)
            assert after["score"] == pytest.approx(before["score"] * new / old, abs=0.0002)
            reweighed += 1
        elif before["value"] != 0:
            assert after == before
    assert reweighed > 10
    for table in ("county_item", "park_item"):
        assert [row for row in changed.tables[table] if row["value"] != 0] == [
            row for row in golden.tables[table] if row["value"] != 0
        ]


def test_zero_value_zero_gives_a_zero_nothing(golden: Released, changed: Released) -> None:
    # By the letter of the text it has 22.5 points (test_item_scores).
    assert golden.item(5411, "value_added_per_mu")["score"] == 22.5
    item = changed.item(5411, "value_added_per_mu")
    assert (item["because"], item["tier"], item["score"]) == ("zero_value", "一般", 0)
    zeros = [row for row in changed.tables["enterprise_item"] if row["value"] == 0]
    assert {row["score"] for row in zeros} == {0}


@pytest.mark.parametrize(
    ("county", "classes"),
    [  # cuts at 0.40 n, 0.75 n, 0.95 n
        ("500156", "ABC"),  # n = 3: 1.2 → 1, 2.25 → 2, 2.85 → 3
        ("500229", "AABC"),  # n = 4: 1.6 → 2, 3, 3.8 → 4
        ("500233", "AAABBCC"),  # n = 7: 2.8 → 3, 5.25 → 5, 6.65 → 7
        ("500235", "AAAABBBBCCD"),  # n = 11: 4.4 → 4, 8.25 → 8, 10.45 → 10
        ("500240", "AABBC"),  # has quotas of its own
    ],
)
def test_a_changed_quota_changes_the_classes(changed: Released, county: str, classes: str) -> None:
    results = changed.rows("enterprise_result", county_code=county, treatment="classified")
    results.sort(key=lambda result: result["rank"])
    assert "".join(result["class"] for result in results) == classes


@pytest.fixture(scope="module")
def next_edition(
    method: Path, evaluate: Callable[..., Outcome], tmp_path_factory: pytest.TempPathFactory
) -> Released:
    """A tiny 2025, by the edition that begins then."""
    drop = Drop(2025)
    for number, county, tax in ((1, "500101", 80), (2, "500102", 20), (3, "500102", 50), (4, "500157", 50)):
        drop.enterprise(number, county, tax=tax)
    drop.enterprise(5, "500105")  # no longer in force on 2025-12-31
    drop.add(
        "new_industrial_land",
        parcel_id="G1",
        county_code="500101",
        contract_date="2024-12-31",
        area_m2=100,
        standard_land="是",
    )
    drop.survey_all()
    folder = tmp_path_factory.mktemp("next")
    home = folder / "home"
    outcome = evaluate(drop.write(folder / "inbox"), year=2025, home=home, MUJUN_POLICY=str(method))
    assert outcome.status == 0, outcome.err
    return Released.read(home / "releases" / "2025" / "r001-draft")


def test_an_added_edition_is_in_force_from_its_first_year(
    golden: Released, changed: Released, next_edition: Released
) -> None:
    manifests = [
        json.loads((released.folder / "manifest.json").read_text(encoding="utf-8"))
        for released in (golden, changed, next_edition)
    ]
    assert [manifest["edition"] for manifest in manifests] == ["2023-72", "2023-72", "2025-1"]
    # What has the name of an edition and another content is a trial.
    assert [manifest["trial"] is None for manifest in manifests] == [True, False, True]


def test_a_trial_says_so_on_its_pages_and_sheets(golden: Released, changed: Released) -> None:
    for released, said in ((golden, False), (changed, True)):
        shared = "".join(
            path.read_text(encoding="utf-8") for path in (released.folder / "site").rglob("*.js")
        )
        assert ("试算：" in shared) == said
        checks = (released.folder / "checks" / "index.html").read_text(encoding="utf-8")
        assert ("试算：" in checks) == said
        for book in ("workbook.xlsx", "findings.xlsx"):
            with zipfile.ZipFile(released.folder / book) as parts:
                sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
                marked = ["试算：" in parts.read(name).decode() for name in sheets]
            assert all(marked) if said else not any(marked), book


def test_standard_scope_region_measures_against_the_region(next_edition: Released) -> None:
    # 8, 2 and 5 万元 per mu in two counties of one region: mean 5, and not 8 alone and 2 beside 5.
    standard = next_edition.standard("new_districts", "tax_per_mu")
    assert (standard["n"], standard["max"], standard["min"]) == (3, 8, 2)
    assert [next_edition.item(number, "tax_per_mu")["score"] for number in (1, 2, 3)] == [35, 28, 31.5]
    # Ranked and classified by their county all the same.
    assert [next_edition.result(number)["rank"] for number in (1, 2, 3)] == [1, 2, 1]


def test_a_seventh_indicator_is_rows(next_edition: Released) -> None:
    """It is scored, shown with its fraction and diagnosed as the six are, with no line of code."""
    # 80, 20 and 50 万元 over 50 tce each, by the mean of the region, 1, and a weight of 5.
    items = [next_edition.item(number, SEVENTH) for number in (1, 2, 3)]
    assert [item["value"] for item in items] == [1.6, 0.4, 1]
    assert [item["score"] for item in items] == [5, 4, 4.5]
    (told,) = explain(next_edition.folder, find_unit(next_edition.folder, uscc(1)))
    blocks = (block for section in make_sheet(told).sections for block in section.blocks)
    (last,) = (block for block in blocks if isinstance(block, Facts) and block.title == "单位能耗税收")
    fraction = dict(last.lines)["实际值"]
    assert fraction == "税收 80 万元 ÷ 总用能 50 吨标准煤 = 1.6 万元/吨标煤"
    shared = (next_edition.folder / "site" / "data" / "shared.js").read_text(encoding="utf-8")
    assert f'"{SEVENTH}":["tax","energy",1]' in shared
    with zipfile.ZipFile(next_edition.folder / "workbook.xlsx") as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert any("单位能耗税收" in parts.read(name).decode() for name in sheets)


def test_1_2_a_successor_is_evaluated_once_it_is_in_force(next_edition: Released) -> None:
    assert next_edition.result(4)["region"] == "central"
    assert "500105" not in {row["county_code"] for row in next_edition.tables["enterprise_result"]}


def test_8_2_no_share_without_a_contract_in_the_year(next_edition: Released) -> None:
    target = next_edition.row("city_target", indicator="standard_land_share")
    assert (target["value"], target["met"]) == (None, None)


def test_a_year_without_an_edition_is_a_wrong_call(method: Path, golden_inbox: Path, tmp_path: Path) -> None:
    edit(
        method_copy := Path(shutil.copytree(method, tmp_path / "policy")),
        "editions",
        {"last_year": 2023},
        edition="2023-72",
    )
    outcome = mujun(
        "run",
        "--year",
        "2024",
        "--inbox",
        golden_inbox,
        home=tmp_path / "home",
        MUJUN_POLICY=str(method_copy),
    )
    assert outcome.status == 2
    assert "No edition of the method is in force for 2024" in outcome.err
    assert "Traceback" not in outcome.out + outcome.err
