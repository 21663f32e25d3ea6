"""Who may see what: the public package tells of no single enterprise, a county's of no other county."""

from __future__ import annotations

import json
import math
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from orchestration.intake.contract import load_contract
from orchestration.presentation import county_workbook, findings_workbook, package_guides
from orchestration.presentation.public_list import NAME, write_public_list
from orchestration.release.packages import own_parks
from orchestration.release.packages import write_packages as write_package_tables
from orchestration.settings import FEEDS
from tests.conftest import Outcome
from tests.drops import MU, Drop, uscc
from tests.intake.office import Office, saved

# Amounts that occur nowhere else, in 万元, mu, people and tce, so that finding one is finding the secret.
SECRETS = {
    "value_added": 8127.3659,
    "revenue": 91827.4613,
    "rd": 713.9157,
    "energy": 6173.2391,
    "tax": 1739.5127,
}
SECRET_LAND = 137.9143
HOME_SHEETS = ["区县园区得分", "区县园区指标", "区县园区数据", "属地企业得分", "属地企业数据"]


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
    drop.emissions(uscc(1), "500102", cod=1.0)
    drop.sum_up()
    outcome = evaluate(drop.write(tmp_path_factory.mktemp("secret")), stage="notice")
    assert outcome.status == 0, outcome.err
    return outcome.home / "releases" / "2024" / "current" / "packages"


def altered(release: Path, folder: Path, *changes: tuple[str, list[object]]) -> Path:
    """A copy of a release in a home of its own, its tables altered, that has no packages yet."""
    copy = folder / "releases" / "2024" / "r001-notice"
    shutil.copytree(release, copy, ignore=shutil.ignore_patterns("packages", "docs", "site"))
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o700)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"for_publication": True, "stage": "notice", "previous_release": None, "base_release": None}
    manifest |= {"former_final": None, "notice_release": None}
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with duckdb.connect(str(copy / "release.duckdb")) as connection:
        for sql, values in changes:
            connection.execute(sql, values)
    return copy


def _public(packages: Path, table: str, column: str, code: str) -> dict[Any, Any]:
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
                figures = duckdb.sql(f"select * from '{path}'").df().select_dtypes("number")
                numbers = figures.to_numpy(dtype=float, na_value=np.nan).ravel()
                assert not [n for n in numbers for a in amounts if abs(n - a) < 1e-6 * a], path


def test_a_sum_of_one_enterprise_is_hidden_and_what_would_give_it_away(packages: Path) -> None:
    """500103 is one enterprise; of the city's 8,537 万元 it makes up more than 85 %. With the city hidden,
    nothing leads from 500102 to it."""
    hidden = _public(packages, "county_result", "county_code", "500103")
    assert pd.isna(hidden["value_added"])
    assert pd.isna(hidden["value_added_per_mu"])
    assert hidden["rank"] == 1  # the ranking stays
    assert pd.isna(_public(packages, "city_target", "indicator", "value_added_per_mu")["value"])
    for table, column, code in (
        ("county_result", "county_code", "500102"),
        ("park_result", "park_code", "P1"),
    ):
        assert _public(packages, table, column, code)["value_added"] == 410


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
    assert book.sheetnames == [
        "封面",
        "公示与异议",
        "企业等级",
        "区县排名",
        "园区排名",
        "示范榜单",
        "发展目标",
    ]
    headings, *rows = book["企业等级"].iter_rows(values_only=True)
    assert headings == ("区县", "企业名称", "统一社会信用代码", "等级")
    table = packages / "public" / "enterprise_result.parquet"
    wanted = duckdb.sql(f"select county_name, enterprise_name, uscc, class from '{table}'").fetchall()
    assert sorted(rows, key=str) == sorted(wanted, key=str)


def test_a_notice_says_where_objections_go_and_until_when(packages: Path) -> None:
    """Noticed on Sunday 1 June 2025: Monday 2 to Friday 6 are five working days."""
    said = dict(
        load_workbook(packages / "public" / NAME)["公示与异议"].iter_rows(min_row=2, values_only=True)
    )
    assert "2025年6月1日公示，自次日起5个工作日，至2025年6月6日止" in said["异议期限"]
    assert said["受理单位"] == "市亩均办；联系方式：（尚未设定）；地址：（尚未设定）"


def test_a_final_says_that_the_days_for_objections_are_over(packages: Path, tmp_path: Path) -> None:
    release = altered(packages.parent, tmp_path)
    write_package_tables(release)
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    for noticed_on, told in (("2025-05-20", "异议期限至2025年5月27日，已经届满"), (None, "没有公示")):
        manifest |= {"stage": "final", "noticed_on": noticed_on, "notice_release": "2024/r001-notice"}
        (release / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        write_public_list(release)
        (said,) = load_workbook(release / "packages" / "public" / NAME)["公示与异议"].iter_rows(
            min_row=2, values_only=True
        )
        assert told in said[1]


def test_a_filing_form_is_completed_and_dropped_back(sample: Outcome, tmp_path: Path) -> None:
    packages = sample.home / "releases" / "2024" / "current" / "packages" / "counties"
    book = load_workbook(packages / "500101" / "备案表.xlsx")
    sheet = book["区县备案"]
    units = sample.rows(
        """select uscc, case when treatment = 'transition' then '不分类' else class end, total_score
           from enterprise_result where county_code = '500101' order by uscc"""
    )
    given = sorted((row[0], row[4], row[5]) for row in sheet.iter_rows(min_row=3, values_only=True))
    assert given == units
    for line in range(3, sheet.max_row + 1):
        sheet.cell(line, 7).value = "区府文〔2025〕3号"
    sheet.cell(3, 7).value = None  # not filed yet
    office = Office(tmp_path)
    office.drop("区县备案_万州区.xlsx", saved(book))
    (file,) = office.read().files
    assert (file.rows_accepted, [fault.cell for fault in file.faults]) == (len(units) - 1, ["G3"])
    filed = {row["uscc"]: (row["class"], row["total_score"]) for row in office.landed("county_filings")}
    wanted = {code: ({"不分类": "none"}.get(name, name), total) for code, name, total in units}
    assert filed == {code: wanted[code] for code in filed}


def test_a_county_sees_its_own_enterprises_in_full_and_nobody_else(packages: Path) -> None:
    own = packages / "counties" / "500102"
    rows = duckdb.sql(f"select distinct county_code from '{own}/enterprise_result.parquet'").fetchall()
    assert rows == [("500102",)]
    assert "value_added" in duckdb.sql(f"select * from '{own}/enterprise_result.parquet'").columns
    for path in own.glob("*.parquet"):
        if path.stem != "source_column":  # what the columns of the departments' files are
            assert duckdb.sql(f"select * from '{path}' where county_code <> '500102'").fetchall() == [], path
    for table in ("park_result", "park_item", "park_diagnosis"):
        assert duckdb.sql(f"select distinct park_code from '{own}/{table}.parquet'").fetchall() == [("P1",)]


def write_packages(release: Path) -> None:
    for write in (write_package_tables, write_public_list, findings_workbook.write_department_findings):
        write(release)


def test_a_draft_is_not_for_the_public(sample: Outcome, tmp_path: Path) -> None:
    release = altered((sample.home / "releases" / "2024" / "current").resolve(), tmp_path)
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    (release / "manifest.json").write_text(
        json.dumps(manifest | {"for_publication": False}), encoding="utf-8"
    )
    write_packages(release)
    assert sorted(path.name for path in (release / "packages").iterdir()) == ["counties", "departments"]
    items = release / "packages" / "counties" / "*" / "county_item.parquet"
    others = (
        "standard_mean is not null or standard_max <> value or standard_min <> value "
        "or value_from <> value or value_to <> value"
    )
    told = duckdb.sql(f"select count(*) > 0, count(*) filter ({others}) from '{items}'").fetchone()
    assert told == (True, 0)


# Text as nothing keeps it from standing in a release of older landings.
COUNTY = "500112"
BROKEN = ["YQ'1", "x') or (select count(*) from read_text('/etc/hostname')) > 0 --", "../../../etc", '"; --']
DISGUISED: object = "\u202e\x1b]0;h\x07\u200b[/bold]=1+1" + "长" * 32_000
NAMED = [DISGUISED, COUNTY]


def test_no_text_of_a_file_becomes_sql_or_a_path_or_an_order_to_a_reader(
    sample: Outcome, tmp_path: Path
) -> None:
    release = (sample.home / "releases" / "2024" / "current").resolve()
    parks = [code for (code,) in sample.rows("select park_code from park_result order by 1")][: len(BROKEN)]
    changes: list[tuple[str, list[object]]] = [
        (f"update {table} set park_code = ? where park_code = ?", [code, park])
        for code, park in zip(BROKEN, parks, strict=True)
        for table in ("park_result", "park_item", "park_diagnosis", "enterprise_result")
    ]
    changes += [
        ("update park_result set value_added = 1, enterprises = 1 where park_code = ?", [BROKEN[0]]),
        (
            "update enterprise_result set enterprise_name = ? where rank = 1 and county_code = ?",
            [DISGUISED, COUNTY],
        ),
        ("update finding set county_code = '../../../../outside', county_name = '../x'", []),
    ]
    copy = altered(release, tmp_path, *changes)
    write_packages(copy)
    assert not list(tmp_path.rglob("outside*"))
    counties = {path.name for path in (copy / "packages" / "counties").iterdir()}
    assert counties == {code for (code,) in sample.rows("select county_code from county_result")}
    table = copy / "packages" / "public" / "park_result.parquet"
    assert {code for (code,) in duckdb.sql(f"select park_code from '{table}'").fetchall()} > set(BROKEN)
    names = [row[1] for row in load_workbook(copy / "packages" / "public" / NAME)["企业等级"].values]
    (name,) = [name for name in names if "长长" in name]
    assert name.startswith("\\u202e\\x1b]0;h\\x07\\u200b[/bold]=1+1长")
    assert len(name) <= 500


def test_a_county_sees_of_a_standard_its_own_figure_or_what_is_public(sample: Outcome) -> None:
    """Of other counties nobody learns from a standard what the public package hides."""
    packages = sample.home / "releases" / "2024" / "current" / "packages"
    of_score = ("tier", "score", "points_lost", "item_rank")
    withheld = 0
    for level in ("county", "park"):
        public = duckdb.sql(f"select * from '{packages}/public/{level}_result.parquet'").df()
        public = public.set_index(f"{level}_code")
        scores = set()
        everyone = pd.DataFrame(
            sample.rows(
                f"select {level}_code, county_code, group_code, indicator, value from {level}_diagnosis "
                "where value >= 0"
            ),
            columns=["code", "county", "group", "indicator", "value"],
        )
        for path in packages.glob(f"counties/*/{level}_diagnosis.parquet"):
            items = path.with_name(f"{level}_item.parquet")
            rows = duckdb.sql(
                "select diagnosis.*, item.standard_min, item.value_from, item.value_to, item.share "
                f"from '{path}' as diagnosis "
                f"join '{items}' as item using ({level}_code, indicator)"
            ).df()
            for row in rows.to_dict("records"):
                group = everyone[
                    (everyone.group == row["group_code"]) & (everyone.indicator == row["indicator"])
                ]
                others = group[group.county != path.parent.name].code
                open_to_all = all(public.loc[others, row["indicator"]].notna())
                own = group[group.county == path.parent.name].value
                for name in ("standard_max", "standard_mean", "standard_min"):
                    is_own = name != "standard_mean" and any(math.isclose(one, row[name]) for one in own)
                    assert pd.isna(row[name]) or open_to_all or is_own, (path, row)
                    withheld += pd.isna(row[name])
                if any(pd.isna(row[f"standard_{name}"]) for name in ("max", "mean", "min")):
                    assert all(pd.isna(row[name]) for name in ("value_from", "value_to", "share")), row
                # 优 and 负值 follow from the place and the value; every other score leads to the standards.
                if not open_to_all and row["tier"] not in ("优", "负值"):
                    assert all(pd.isna(row[name]) for name in of_score), row
                    scores.add(row[f"{level}_code"])
                assert pd.isna(row["to_mean"]) or pd.notna(row["standard_mean"])
                assert pd.isna(row["to_max"]) or pd.notna(row["standard_max"])
        for path in packages.glob(f"counties/*/{level}_result.parquet"):
            for code, *totals in duckdb.sql(
                f"select {level}_code, base_score, total_score from '{path}' where deduction is not null"
            ).fetchall():
                assert totals == [None, None] if code in scores else None not in totals, (path, code)
        assert scores
    assert withheld


def test_a_park_with_a_branch_from_elsewhere_is_not_the_countys_own() -> None:
    """P2 holds a branch of a unit elsewhere: its sums less the county's own are that branch's."""
    release = duckdb.connect()
    release.execute("create table park_result (county_code varchar, park_code varchar)")
    release.execute("insert into park_result values ('C1', 'P1'), ('C1', 'P2')")
    release.execute("create table territory_enterprise (level varchar, code varchar, belonging varchar)")
    release.execute(
        "insert into territory_enterprise values ('park', 'P1', 'branch'), ('park', 'P2', 'own'),"
        " ('park', 'P2', 'other'), ('county', 'P1', 'other')"
    )
    assert own_parks(release) == {"C1": {"P1"}}


def test_a_county_has_its_results_and_whom_it_counts_elsewhere(sample: Outcome) -> None:
    """500106 evaluates nobody: its enterprises lie in a zone. The sheets say no standard of the zone."""
    packages = sample.home / "releases" / "2024" / "current" / "packages" / "counties"
    book = load_workbook(packages / "500106" / county_workbook.NAME)
    assert book.sheetnames == ["封面", *HOME_SHEETS]
    heading, _, *rows = (list(row) for row in book["属地企业得分"].iter_rows(min_row=1, values_only=True))
    wanted = sample.rows(
        "select uscc, class, total_score from enterprise_result where home_county_code = '500106'"
    )
    assert sorted((row[3], row[4], row[5]) for row in rows) == sorted(wanted)
    scores = sample.rows(
        "select uscc, score from enterprise_item join enterprise_result using (uscc, county_code) "
        "where home_county_code = '500106'"
    )
    assert {(row[3], value) for row in rows for value in row[8::2] if value is not None} == set(scores)
    assert not [label for label in heading if label and "标准值" in label]
    own = load_workbook(packages / "500112" / county_workbook.NAME)
    _, *firm = own["等级稳定性"].iter_rows(values_only=True)
    (classified,) = sample.row("select classified from class_count where county_code = '500112'")
    assert (len(firm), [row[0] for row in firm]) == (classified, sorted(row[0] for row in firm))
    _, *events = own["区县园区减分"].iter_rows(values_only=True)
    (points,) = sample.row(
        "select sum(points) from territory_incident where level = 'county' and code = '500112'"
    )
    assert sum(row[8] for row in events if row[0] == "渝北区") == points


def test_every_package_is_complete_in_itself(sample: Outcome) -> None:
    release = (sample.home / "releases" / "2024" / "current").resolve()
    packages = release / "packages"
    for package in (packages / "public", packages / "measures", *packages.glob("*/*/")):
        text = (package / package_guides.README).read_text(encoding="utf-8-sig")
        assert f"发布编号：2024/{release.name}" in text
        tables = {path.stem for path in package.glob("*.parquet")}
        if not tables:
            continue
        archive = package / package_guides.TABLES
        name = package_guides.DICTIONARY
        with ZipFile(archive).open(name) if archive.exists() else (package / name).open("rb") as file:
            dictionary = pd.read_csv(file, encoding="utf-8-sig")
        held = {
            (table, column)
            for table in tables
            for column in pq.read_schema(package / f"{table}.parquet").names
        }
        for table in tables:
            csv = f"{table}.csv"
            with ZipFile(archive).open(csv) if archive.exists() else (package / csv).open("rb") as file:
                header = file.readline().decode("utf-8-sig").strip().replace('"', "").split(",")
            held |= {(table, column) for column in header}
        assert set(zip(dictionary["表"], dictionary["列"], strict=True)) == held
        assert dictionary["定义"].notna().all()


def test_a_department_gets_what_it_has_to_mend(sample: Outcome) -> None:
    packages = sample.home / "releases" / "2024" / "current" / "packages" / "departments"
    departments = load_contract(FEEDS).departments
    assert {path.name for path in packages.iterdir()} == set(departments)
    for code, name in departments.items():
        book = load_workbook(packages / code / findings_workbook.NAME)
        _, *rows = book[name].values if name in book.sheetnames else [None]
        assert book.sheetnames == ["封面", *([name] if rows else [])]
        (count,) = sample.row(
            f"select count(*) from finding where list_contains(string_split(mend_by, ','), '{code}')"
        )
        assert len(rows) == count
        assert all("内部资料" in sheet.oddHeader.center.text for sheet in book)
