"""Who may see what: the public package tells of no single enterprise, a county's of no other county."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pandas as pd
import pytest
from openpyxl import load_workbook

from orchestration.release.disclosure import AMOUNTS, Limits, hidden_cells
from orchestration.release.public_list import NAME
from tests.conftest import Outcome
from tests.drops import MU, Drop

# Amounts that occur nowhere else, in 万元, mu, people and tce, so that finding one is finding the secret.
SECRETS = {
    "value_added": 8127.3659,
    "revenue": 91827.4613,
    "rd": 713.9157,
    "energy": 6173.2391,
    "tax": 1739.5127,
}
SECRET_LAND = 137.9143
LIMITS = Limits(enterprises=3, dominance=85)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory, evaluate: Callable[..., Outcome]) -> Path:
    """The packages of a small city: 500102 has four enterprises alike, in one park, 500103 one with secret
    amounts."""
    drop = Drop(2024)
    for number in range(1, 5):
        drop.enterprise(number, "500102", value_added=100.0 + number, park_code="P1")
    drop.enterprise(9, "500103", **SECRETS, land_mu=SECRET_LAND, headcount=317.0)
    drop.park("P1", "500102")
    drop.survey_all()
    outcome = evaluate(drop.write(tmp_path_factory.mktemp("secret")))
    assert outcome.status == 0, outcome.err
    return outcome.home / "releases" / "2024" / "current" / "packages"


def _public(packages: Path, table: str, column: str, code: str) -> dict[str, object]:
    path = packages / "public" / f"{table}.parquet"
    (row,) = duckdb.sql(f"select * from '{path}' where {column} = '{code}'").df().to_dict("records")
    return row


def test_no_byte_of_the_public_package_holds_a_secret(packages: Path) -> None:
    """Every file is searched for each secret as text and as the double in which the tables keep it; what is
    compressed is read (Parquet) or unpacked (workbooks) as well."""
    amounts = {*SECRETS.values(), SECRET_LAND, SECRET_LAND * MU, 317.0}
    forms = {str(amount).encode() for amount in amounts - {317.0}} | {
        struct.pack("<d", amount) for amount in amounts
    }
    for path in (packages / "public").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".xlsx":
                with ZipFile(path) as workbook:
                    content += b"".join(workbook.read(name) for name in workbook.namelist())
            assert not [form for form in forms if form in content], path
            if path.suffix == ".parquet":
                numbers = (
                    duckdb.sql(f"select * from '{path}'").df().select_dtypes("number").to_numpy().ravel()
                )
                assert not [n for n in numbers for a in amounts if abs(n - a) < 1e-6 * a], path


def test_a_sum_of_one_enterprise_is_hidden_and_the_city_less_the_others_as_well(packages: Path) -> None:
    # 500103 is one enterprise: hidden. The city less 500102, or less its park, would be that enterprise, so
    # both go too; and of the city's 8,537 万元 that enterprise makes up more than 85 %.
    for table, column, code in (
        ("county_result", "county_code", "500102"),
        ("county_result", "county_code", "500103"),
        ("park_result", "park_code", "P1"),
    ):
        row = _public(packages, table, column, code)
        assert pd.isna(row["value_added"])
        assert pd.isna(row["value_added_per_mu"])
        assert row["rank"] == 1  # the ranking stays
    assert pd.isna(_public(packages, "city_target", "indicator", "value_added_per_mu")["value"])


def test_what_is_counted_twice_is_hidden_too() -> None:
    """Two counties and a zone of five enterprises each, and one more in the zone that 500102 counts as well:
    every sum is safe, but the three less the city are that one enterprise."""
    units = [(county, None, None, *[1.0] * len(AMOUNTS)) for county in ("500102", "500103", "Z") * 5]
    units.append(("Z", "500102", None, *[7.0] * len(AMOUNTS)))
    with duckdb.connect() as release:
        release.execute("create table park_result (park_code varchar)")
        release.execute("create table county_result (county_code varchar)")
        release.execute("insert into county_result values ('500102'), ('500103'), ('Z')")
        columns = ", ".join(f"{amount} double" for amount in AMOUNTS)
        release.execute(
            "create table enterprise_result "
            f"(county_code varchar, home_county_code varchar, park_code varchar, {columns}, uscc varchar)"
        )
        release.executemany(
            f"insert into enterprise_result values (?, ?, ?{', ?' * len(AMOUNTS)}, uuid())", units
        )
        hidden = hidden_cells(release, LIMITS)
    assert {code for code, _ in hidden["county"]} == {"500103"}  # the smallest of the three


def test_no_score_leads_to_a_hidden_figure(packages: Path) -> None:
    """A base score, less the items that follow from the figures shown, is the item of the hidden figure.

    Say 323.82, the smallest, and 539.66, the largest of a region, are shown, and x and y, whose items are
    8.888 and 9.436 of 10, are not: x = 323.82 + 0.888 (m − 323.82), y = m + 0.436 (539.66 − m) and
    4 m = 863.48 + x + y give m = 445.46, x = 431.84, y = 486.53. The ranking is public, scores are not.
    """
    for level in ("county", "park"):
        path = packages / "public" / f"{level}_result.parquet"
        columns = set(duckdb.sql(f"select * from '{path}'").columns)
        assert "rank" in columns
        assert not columns & {"base_score", "deduction", "total_score"}


def test_the_public_list_says_name_county_and_class_only(packages: Path) -> None:
    table = packages / "public" / "enterprise_result.parquet"
    assert duckdb.sql(f"select * from '{table}'").columns == [
        "year", "county_code", "county_name", "region", "uscc", "enterprise_name", "class",
    ]  # fmt: skip


def test_the_list_for_the_public_says_what_the_package_says(packages: Path) -> None:
    book = load_workbook(packages / "public" / NAME)
    assert book.sheetnames == ["封面", "企业等级", "区县排名", "园区排名", "示范榜单"]
    headings, *rows = book["企业等级"].iter_rows(values_only=True)
    assert headings == ("区县", "企业名称", "统一社会信用代码", "等级")
    table = packages / "public" / "enterprise_result.parquet"
    wanted = duckdb.sql(f"select county_name, enterprise_name, uscc, class from '{table}'").fetchall()
    assert sorted(rows, key=str) == sorted(wanted, key=str)


def test_a_county_sees_its_own_enterprises_in_full_and_nobody_else(packages: Path) -> None:
    own = packages / "counties" / "500102"
    rows = duckdb.sql(f"select distinct county_code from '{own}/enterprise_result.parquet'").fetchall()
    assert rows == [("500102",)]
    assert "value_added" in duckdb.sql(f"select * from '{own}/enterprise_result.parquet'").columns
    for path in own.glob("*.parquet"):
        assert duckdb.sql(f"select * from '{path}' where county_code <> '500102'").fetchall() == [], path
    for table in ("park_result", "park_item", "park_diagnosis"):
        assert duckdb.sql(f"select distinct park_code from '{own}/{table}.parquet'").fetchall() == [("P1",)]


@pytest.mark.parametrize(
    ("amounts", "safe"),
    [
        ([], True),  # the sum of nobody tells nothing
        ([5.0], False),
        ([5.0, 5.0], False),
        ([5.0, 5.0, 5.0], True),  # 10 of 15 is 67 %
        ([50.0, 35.0, 15.0], False),  # 85 of 100: two that make it up
        ([50.0, 34.0, 16.0], True),  # 84 of 100
        ([0.0, 0.0, 0.0], False),  # zero tells that each is zero
    ],
)
def test_when_a_sum_may_be_seen(amounts: list[float], safe: bool) -> None:
    assert LIMITS.safe(pd.Series(amounts, dtype=float)) is safe
