"""Every fault of the method's tables is a sentence with file, line and column; a new edition; what makes two
contents of one name different."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.errors import UserError
from orchestration.new_edition import new_edition
from orchestration.policy import differences, load_policy, read_policy
from orchestration.policy_form import SHIPPED, Schema, schema


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the method."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "policy"))


def rewrite(folder: Path, table: str, change: Callable[[str], str]) -> None:
    path = folder / f"{table}.csv"
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


EDITION = "2023-72,制造业亩均效益综合评价办法（试行）,渝府办发〔2023〕72号,2023-09-29"
TWO = f"\n2024-1{EDITION[7:]},2022,,办法 三\n"


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        (
            "editions",
            replaced(",2022,,", ",,,"),
            "editions.csv, line 2, column first_year: must not be blank",
        ),
        (
            "editions",
            replaced(",2022,,", ",二〇二二,,"),
            "line 2, column first_year: is “二〇二二”, and must be",
        ),
        ("editions", replaced(",2022,,", ",2022,2021,"), "line 2, column last_year: 2021 is before"),
        ("editions", replaced("2023-09-29", "20230929"), "line 2, column issued_on: is “20230929”"),
        ("editions", lambda text: text.rstrip() + TWO, "“2024-1” both begin in 2022"),
        ("weights", replaced("weight,unit", "weights,unit"), "line 1, column weight: the column is missing"),
        ("weights", replaced("weight,unit", "weights,unit"), "column weights: there is no such column"),
        ("weights", replaced(",20,%", ",nan,%"), "line 2, column weight: is “nan”, and must be a number"),
        ("weights", replaced(",20,%", ",inf,%"), "line 2, column weight: is “inf”"),
        ("weights", replaced(",20,%", ",1e1,%"), "line 2, column weight: is “1e1”"),
        (
            "weights",
            replaced(",20,%", ",21,%"),
            "column weight: edition 2023-72, region central, level county",
        ),
        ("weights", replaced("2023-72,central", "2024-1,central"), "line 2, column edition: “2024-1” is not"),
        ("weights", replaced("72,central", "72,centre"), "line 2, column region: “centre” is not in regions"),
        ("weights", replaced("county,tax_per_mu", "county,tax"), "column indicator: “tax” is not in"),
        ("weights", replaced("central,county,t", "central,city,t"), "column level: is “city”, and must be"),
        ("weights", replaced(",20,%,", ",20,%,,"), "weights.csv, line 2: 8 cells, where the table has 7"),
        ("weights", replaced(",20,%,", ',20,"%,'), "cannot be read"),
        ("weights", lambda text: text + text.splitlines()[1] + "\n", "stands in line 2 already"),
        ("quotas", replaced("A,20", "A,21"), "column share: edition 2023-72: the sum is 101, not 100"),
        ("quotas", replaced("2023-72,D,5", "2023-72,E,5"), "the edition “2023-72” lacks class D"),
        ("quotas", replaced("2023-72,D,5", "2023-72,E,5"), "column class: mujun knows no class E"),
        (
            "parameters",
            replaced("decimals,4", "decimals,four"),
            "column value: is “four”, and must be a whole",
        ),
        ("parameters", replaced("scope,county", "scope,park"), "column value: is “park”, and must be one of"),
        ("parameters", replaced("2023-72,bonus_cap", "2023-72,bonus_capp"), "lacks parameter bonus_cap"),
        ("land_uses", replaced("true", "yes"), "column counts: is “yes”, and must be true or false"),
        (
            "tiers",
            replaced("2023-72,优", "2023-72,优\u200b"),
            "column tier: holds a character that cannot be",
        ),
        ("counties", replaced(",500157,", ",500999,"), "column successor: “500999” is not in counties.csv"),
        (
            "counties",
            replaced("500110,綦江区,administrative,new", "500110,綦江区,administrative,old"),
            "region",
        ),
        (
            "counties",
            replaced(",,2025-11-05", ",2025-11-06,2025-11-05"),
            "column valid_to: 2025-11-05 is bef",
        ),
        ("retired_counties", replaced(",500110", ",500222"), "column successor: “500222” is not in counties"),
        ("units", replaced("3,2000", "3,0"), "column divide_by: is 0, and must be at least 1"),
    ],
)
def test_a_fault_is_told_with_its_place(
    folder: Path, table: str, change: Callable[[str], str], said: str
) -> None:
    rewrite(folder, table, change)
    with pytest.raises(UserError) as fault:
        load_policy(folder)
    assert said in str(fault.value)
    assert f"{folder / table}.csv" in str(fault.value)


def test_tables_that_are_missing_unknown_or_not_text_are_told(folder: Path) -> None:
    (folder / "tiers.csv").unlink()
    shutil.copy(folder / "quotas.csv", folder / "quotes.csv")
    (folder / "targets.csv").write_bytes((folder / "targets.csv").read_text().encode("gbk"))
    with pytest.raises(UserError) as fault:
        load_policy(folder)
    for said in ("tiers.csv is missing", "quotes.csv: the method has no such table", "targets.csv, line 2:"):
        assert said in str(fault.value)


def test_a_new_edition_says_all_that_the_one_before_says(folder: Path) -> None:
    before = load_policy(folder)
    new_edition(folder, "2023-72", "2025-1", 2025)
    after = load_policy(folder)
    assert (after.edition(2024), after.edition(2025)) == ("2023-72", "2025-1")
    assert after.fingerprint(2024) == before.fingerprint(2024)  # 2024 need not be published again
    for name, rows in after.content("2025-1", 2025).items():
        if name != "editions":
            assert len(rows) == len(after.content("2023-72", 2025)[name]), name


@pytest.mark.parametrize(
    ("former", "edition", "first_year", "said"),
    [
        ("2022-1", "2025-1", 2025, "no edition “2022-1”"),
        ("2023-72", "2023-72", 2025, "is in .* already"),
        ("2023-72", "2025-1", 2022, "both begin in 2022"),
        ("2023-72", "2025,1", 2025, "column edition: is “2025,1”"),
    ],
)
def test_a_new_edition_that_cannot_be_leaves_the_method_as_it_was(
    folder: Path, former: str, edition: str, first_year: int, said: str
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UserError, match=said):
        new_edition(folder, former, edition, first_year)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_what_is_told_later_is_no_other_content(folder: Path) -> None:
    rewrite(folder, "editions", replaced(",2022,,", ",2022,2024,"))
    county = "500110,綦江区,administrative,new_districts,主城新区"
    rewrite(folder, "counties", replaced(f"{county},,,", f"{county},,2026-05-01,500120"))
    rewrite(folder, "parameters", replaced("企业累计加分不超过 10 分", "见办法"))
    assert list(differences(load_policy(folder), load_policy(SHIPPED), "2023-72", 2024)) == []
    # but a county that is no longer there in the year compared is one
    assert list(differences(load_policy(folder), load_policy(SHIPPED), "2023-72", 2026)) == [
        "counties 500110 is gone"
    ]


def test_a_changed_row_is_another_content(folder: Path) -> None:
    rewrite(folder, "quotas", lambda text: text.replace("A,20", "A,25").replace("B,55", "B,50"))
    assert list(differences(load_policy(folder), load_policy(SHIPPED), "2023-72", 2024)) == [
        "quotas A: share 25, not 20",
        "quotas B: share 50, not 55",
    ]


def grown(**parameter: Any) -> Schema:
    """The form of a later version, which needs one parameter more."""
    described = yaml.safe_load((SHIPPED / "schema.yaml").read_text(encoding="utf-8"))
    described["version"] = "0.9.0"
    described["tables"]["parameters"]["needed"].append({"parameter": "groups", "since": "0.9.0", **parameter})
    return Schema.of(described)


@pytest.mark.parametrize(
    ("value", "differs"), [("off", []), ("on", ["parameters groups: value on, not off"])]
)
def test_what_a_later_version_adds_is_no_difference_where_it_says_what_held_before(
    folder: Path, value: str, differs: list[str]
) -> None:
    form = grown(default={"value": "off", "unit": "choice", "clause": "办法 二"})
    rewrite(folder, "parameters", lambda text: f"{text.rstrip()}\n2023-72,groups,{value},choice,办法 二,\n")
    rewrite_version = (folder / "schema.yaml").read_text().replace(schema().version, "0.9.0")
    (folder / "schema.yaml").write_text(rewrite_version)
    former = read_policy(SHIPPED, form)  # written before that version
    assert {"groups"} <= set(former.tables["parameters"]["parameter"].to_pylist())
    assert list(differences(read_policy(folder, form), former, "2023-72", 2024)) == differs
