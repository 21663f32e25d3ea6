"""The counties' worksheets: 区县核实 filled in from a release, to be confirmed or corrected and dropped back.

The first sheet fits the feed; its white cells are for the county, everything else is locked. The other sheets
show what its figures rest on. Belongs here: what stands in a worksheet. Does not: holding one that comes back
against it (`intake.handed_out`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import UserError
from orchestration.intake.contract import Contract, Feed
from orchestration.intake.due_days import DueDay
from orchestration.intake.handed_out import GIVEN_AREA, keep, number_of, told_number
from orchestration.presentation.wording import INTERNAL, SEVERITIES, draft_mark
from orchestration.release.reading import FINDINGS
from orchestration.release.register import Release
from orchestration.rows import fetch
from orchestration.settings import Home
from orchestration.workbooks import Book, Column, Table, height_of, lines_of

FEED = "county_verification"
_LAND, _FINDINGS, _HELP = "用地明细", "检查发现", "填写说明"
_ASKED = "#FFE699"  # ground of the header of a column to fill in
_TEXT, _AREA, _DATE = "@", "#,##0.00##", "yyyy-mm-dd"
_ROLES = {"lessee": "承租(购买)", "lessor": "出租(出售)"}

_MEMBERS = """
    select
        member.county_code,
        member.uscc,
        member.enterprise_name,
        case
            when (unit.uscc, unit.county_code) <> (member.uscc, member.county_code)
                then unit.enterprise_name || '（' || unit.county_name || '）'
        end as merged_into,
        member.taxpayer_name,
        round(coalesce(member.land_area_mu, 0), 4) as land_area_mu,
        case
            when member.land_area_mu is null then '没有用地数据'
            when member.confirmed_m2 is not null then '规划自然资源部门核定'
            else '按宗地和合同计算'
        end as basis
    from enterprise_member as member
    inner join enterprise_result as unit
        on member.unit_county_code = unit.county_code and member.unit_uscc = unit.uscc
    order by member.county_code, member.uscc
"""
_PARCELS = """
    select
        parcel.member_county_code as county_code,
        parcel.member_uscc as uscc,
        parcel.parcel_id,
        land_use.label_zh,
        parcel.area_m2,
        parcel.registered_on,
        parcel.ended_on,
        parcel.counted,
        reason.sentence_zh || '（' || reason.clause || '）' as reason,
        parcel.source_file,
        parcel.source_sheet,
        parcel.source_cell
    from enterprise_parcel as parcel
    left join code_list as land_use
        on land_use.subject = 'land_use' and parcel.land_use = land_use.code
    left join code_list as reason
        on reason.subject = 'parcel_reason' and parcel.reason = reason.code
    order by parcel.parcel_id
"""
_CONTRACTS = """
    select
        contract.member_county_code as county_code,
        contract.member_uscc as uscc,
        contract.contract_id,
        contract.role,
        tenure.label_zh || '，' || object_type.label_zh as what,
        contract.area_m2,
        contract.land_m2,
        contract.starts_on,
        contract.ends_on,
        contract.counted,
        reason.sentence_zh || '（' || reason.clause || '）' as reason,
        contract.source_file,
        contract.source_sheet,
        contract.source_cell
    from enterprise_contract as contract
    left join code_list as tenure
        on tenure.subject = 'tenure' and contract.tenure = tenure.code
    left join code_list as object_type
        on object_type.subject = 'object_type' and contract.object_type = object_type.code
    left join code_list as reason
        on reason.subject = contract.role || '_reason' and contract.reason = reason.code
    order by contract.contract_id, contract.role
"""
_FOUND = f"""
    select uscc, county_code, severity, rule_id, finding_key, message, mend
    from {FINDINGS}
    where county_code is not null and not waived
    order by severity, rule_id, finding_key
"""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Given:
    """What a release gives to all counties: rows by county."""

    members: Mapping[str, Sequence[Row]]
    land: Mapping[tuple[str, str], Sequence[Sequence[Any]]]  # county, enterprise → rows of the land sheet
    findings: Mapping[str, Sequence[Row]]


def write_worksheets(
    home: Home,
    release: Release,
    contract: Contract,
    counties: Mapping[str, str],
    due: Sequence[DueDay],
    out: Path,
) -> list[Path]:
    """Write `区县核实_<county>.xlsx` into `out` for every county with an evaluated roster row in `release`,
    and keep what is handed out in `home`; returns the files. `counties`: code → name; `due`: the days on
    which the feed is due. UserError where the release does not hold what is needed, or is not what was
    released."""
    feed = contract.for_year(release.year).feeds[FEED]
    given = _read(release)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for code, members in given.members.items():
        name = counties.get(code, code)
        content = _content(feed, members, given, code)
        number = number_of(release.year, release.id, code, [[table.name, table.rows] for table in content])
        title = f"{release.year}年度{feed.label}表　{name}　{told_number(number)}"
        book = _book(release, title, feed, content, due)
        keep(home, number, book)
        path = out / f"{feed.label}_{name}.xlsx"
        path.write_bytes(book)
        written.append(path)
    return written


def _read(release: Release) -> _Given:
    try:
        with release.database() as connection:
            members, parcels, contracts, findings = (
                fetch(connection, query) for query in (_MEMBERS, _PARCELS, _CONTRACTS, _FOUND)
            )
    except duckdb.BinderException:
        raise UserError(
            f"{release.name} was made by an earlier version of mujun and does not hold what a worksheet "
            f"tells: make a new draft by `mujun run --year {release.year}`."
        ) from None
    land: dict[tuple[str, str], list[Sequence[Any]]] = {}
    for row in parcels:
        land.setdefault((row["county_code"], row["uscc"]), []).append(
            [
                "登记",
                row["parcel_id"],
                row["label_zh"],
                row["area_m2"],
                row["area_m2"] if row["counted"] else 0.0,
                row["registered_on"],
                row["ended_on"],
                row["reason"],
                _source(row),
            ]
        )
    for row in contracts:
        sign = (-1 if row["role"] == "lessor" else 1) if row["counted"] else 0
        land.setdefault((row["county_code"], row["uscc"]), []).append(
            [
                _ROLES[row["role"]],
                row["contract_id"],
                row["what"],
                row["area_m2"],
                sign * row["land_m2"],
                row["starts_on"],
                row["ends_on"],
                row["reason"],
                _source(row),
            ]
        )
    return _Given(_by_county(members), land, _by_county(findings))


def _by_county(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["county_code"], []).append(row)
    return found


def _source(row: Row) -> str:
    """File, sheet and cell that a row came from."""
    return " / ".join(part for part in (row["source_file"], row["source_sheet"], row["source_cell"]) if part)


def _content(feed: Feed, members: Sequence[Row], given: _Given, code: str) -> list[Table]:
    """The tables of one county's worksheet."""
    findings = given.findings.get(code, ())
    said: dict[str, list[str]] = {}
    for finding in findings:
        said.setdefault(finding["uscc"], []).append(f"{finding['rule_id']} {finding['message']}")
    columns = feed.columns
    table = Table(
        feed.label,
        [
            Column(columns["uscc"].label, width=21, figure=_TEXT),
            Column(columns["county_code"].label, width=9, figure=_TEXT),
            Column("企业名称", width=22, wrap=True),
            Column("并入的评价主体", width=12, wrap=True),
            Column("税务登记的纳税人名称", width=22, wrap=True),
            Column(GIVEN_AREA, width=12, figure=_AREA),
            Column("面积依据", width=13, wrap=True),
            Column("检查发现", width=32, wrap=True),
            Column(
                columns["taxpayer_name"].label,
                width=22,
                figure=_TEXT,
                wrap=True,
                colour=_ASKED,
                editable=True,
            ),
            Column(
                columns["verified_area_mu"].label,
                width=13,
                figure=_AREA,
                colour=_ASKED,
                editable=True,
                rule=_asked("请填写数字，单位：亩。") | {"validate": "decimal", "criteria": ">=", "value": 0},
            ),
            Column(
                columns["verified_on"].label,
                width=13,
                figure=_DATE,
                colour=_ASKED,
                editable=True,
                rule=_asked("请填写日期，如 2025-05-10。")
                | {"validate": "date", "criteria": ">=", "value": dt.date(1949, 10, 1)},
            ),
        ],
        [
            [
                row["uscc"],
                row["county_code"],
                row["enterprise_name"],
                row["merged_into"],
                row["taxpayer_name"],
                row["land_area_mu"],
                row["basis"],
                "\n".join(said.get(row["uscc"], ())) or None,
                row["taxpayer_name"],
                row["land_area_mu"],
                None,
            ]
            for row in members
        ],
        frozen=3,
        protected=True,
    )
    land = Table(
        _LAND,
        [
            Column("企业代码", width=21),
            Column("企业名称", width=26, wrap=True),
            Column("类别", width=11),
            Column("不动产单元号或合同编号", width=22, wrap=True),
            Column("用途或取得方式", width=16, wrap=True),
            Column("面积", unit="平方米", width=12, figure=_AREA),
            Column("计入用地", unit="平方米", width=12, figure=_AREA),
            Column("自", width=11, figure=_DATE),
            Column("至", width=11, figure=_DATE),
            Column("是否计入及依据", width=34, wrap=True),
            Column("来源", width=34, wrap=True),
        ],
        [
            [row["uscc"], row["enterprise_name"], *line]
            for row in members
            for line in given.land.get((code, row["uscc"]), ())
        ],
        frozen=2,
        parted_by=0,
        protected=True,
    )
    found = Table(
        _FINDINGS,
        [
            Column("级别", width=6, words=SEVERITIES, centred=True),
            Column("规则", width=8),
            Column("对象", width=30, wrap=True),
            Column("问题", width=70, wrap=True),
            Column("如何改正", width=46, wrap=True),
        ],
        [
            [row["severity"], row["rule_id"], row["finding_key"], row["message"], row["mend"]]
            for row in findings
        ],
        protected=True,
    )
    return [table, land, found]


def _asked(message: str) -> dict[str, Any]:
    """A warning, not a stop."""
    return {"error_type": "warning", "error_title": "区县核实", "error_message": message}


def _book(release: Release, title: str, feed: Feed, tables: Sequence[Table], due: Sequence[DueDay]) -> bytes:
    manifest = release.manifest
    made_at = dt.datetime.fromisoformat(manifest["made_at"]).replace(tzinfo=None)
    book = Book(None, title=title, created=made_at, mark=draft_mark(manifest), handling=INTERNAL)
    first, *others = tables
    book.add(replace(first, above=title))
    for table in others:
        book.add(table)
    _explain(book, release, feed, due)
    return book.close()


def _explain(book: Book, release: Release, feed: Feed, due: Sequence[DueDay]) -> None:
    """The sheet that says what to do. Each label has a row, so that it is no header."""
    name, area, on = (feed.columns[n].label for n in ("taxpayer_name", "verified_area_mu", "verified_on"))
    lines = [
        ("依据", f"{release.year}年度测算 {release.name}。"),
        ("填写", f"“{feed.label}”表每行是一家企业，只有白色的三列可以填写，其余单元格已锁定。"),
        (name, "已按税务登记填好；与实际纳税主体不符的，请改正。没有税务数据的为空，请填写。"),
        (area, "已按测算结果填好，单位：亩；与实际不符的，请改为核实的面积。没有用地的填0。"),
        (on, "核实一家，填写一家的日期；没有填写日期的行视为尚未核实，不予受理。"),
        (
            "其他内容有误",
            f"“{_LAND}”和“{_FINDINGS}”供核对。宗地、合同、名称等有误的，不要在本表改，请告知市亩均办，"
            "由有关部门改正其数据；锁定的单元格改了，回执会逐格指出，数据不会因此改变。",
        ),
        ("不要改动", "不要改标题中的编号、表头和企业代码，不要增加、删除行；没有核实的行，日期留空即可。"),
        (
            "提交",
            f"填好后以“{feed.label}”开头的文件名，由市亩均办放入收件夹；需要补充的，以原文件名再交一次。",
        ),
    ]
    if due:
        lines.append(("报送期限", "；".join(map(str, due))))
    widths = (24, 96)
    sheet = book.sheet(_HELP, widths)
    style = book.style(text_wrap=True, valign="top")
    for row, pair in enumerate(lines):
        sheet.set_row(row, height_of(max(map(lines_of, pair, widths))))
        for place, text in enumerate(pair):
            sheet.write_string(row, place, text, style)
    sheet.protect()
