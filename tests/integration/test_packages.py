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

from orchestration.release.disclosure import Limits
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
    """The packages of a small city: 500102 has four enterprises alike, 500103 one with secret amounts."""
    drop = Drop(2024)
    for number in range(1, 5):
        drop.enterprise(number, "500102", value_added=100.0 + number)
    drop.enterprise(9, "500103", **SECRETS, land_mu=SECRET_LAND, headcount=317.0)
    drop.survey_all()
    outcome = evaluate(drop.write(tmp_path_factory.mktemp("secret")))
    assert outcome.status == 0, outcome.err
    return outcome.home / "releases" / "2024" / "current" / "packages"


def _county(packages: Path, code: str) -> dict[str, object]:
    table = packages / "public" / "county_result.parquet"
    return (
        duckdb.execute("select * from read_parquet(?) where county_code = ?", [str(table), code])
        .df()
        .iloc[0]
        .to_dict()
    )


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
    # 500103 is one enterprise: hidden. The city less 500102 would be that enterprise, so 500102 goes too.
    for code in ("500102", "500103"):
        assert pd.isna(_county(packages, code)["value_added"])
        assert pd.isna(_county(packages, code)["value_added_per_mu"])
    assert _county(packages, "500102")["rank"] == 1  # the ranking stays


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
