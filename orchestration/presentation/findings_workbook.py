"""The findings for those who mend them: `findings.xlsx`, in Chinese, with a sheet per department and per
county, and the list of waivers for the office to complete; and a book for each department. A run that is
refused has its findings laid out as the tables of a release, but for its number.

Belongs here: which finding stands on which sheet. Does not: how a sheet looks (`sheets`), the findings
themselves (`orchestration.judgement`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from expectations.verdicts import MISSING
from orchestration.intake.contract import Contract
from orchestration.presentation.wording import INTERNAL, SEVERITIES, STAGES, contract_of, draft_mark
from orchestration.release.reading import open_release, read_manifest
from orchestration.workbooks import Book, Column, Table

NAME = "检查发现.xlsx"  # a department's own book
_TEXT = "@"  # stays text when somebody edits the cell, whatever it begins with
_DATE = "yyyy-mm-dd"
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_COVER_LINE = 58  # Chinese characters that a line of the cover holds
_WAIVER_WIDTHS = {"rule_id": 10, "finding_key": 34, "reason": 30, "figure_1": 18, "figure_2": 18}
_MOST_ROWS = 100_000  # of a sheet; where there are more, nobody mends them one by one
_BY_DEPARTMENT, _BY_COUNTY, _BY_HAND, _FRONT = "#C55A11", "#2E75B6", "#548235", "#1F4E78"

# Most urgent first: what blocks a publication, what is to be confirmed, what is waived.
_FINDINGS = """
    select severity, rule_id, coalesce(county_name, county_code), finding_key, message, figure_1, source_1,
        figure_2, source_2,
        concat_ws(
            ' ', difference,
            case when unit_2 <> unit then unit || '；' || unit_2 else coalesce(unit, unit_2) end
        ),
        mend, mend_by, case when waived then '已豁免：' || coalesce(waiver_reason, '') end
    from finding
    where {which}
    order by waived, severity, rule_id, county_code nulls first, finding_key
    limit {most}
"""

# What can be waived, with the waivers in force: they would lapse if the next list left them out. An error of
# a formula (#DIV/0!) is not pinned: in the list, too, intake would set it aside.
_WAIVABLE = """
    select finding.rule_id, finding.finding_key, waiver.reason, waiver.approved_by, waiver.approved_on,
        waiver.expires_on,
        case
            when verdict.label_1 is not null and not coalesce(starts_with(finding.figure_1, '#'), false)
                then coalesce(finding.figure_1, $missing)
        end,
        case when verdict.label_2 is not null then coalesce(finding.figure_2, $missing) end,
        finding.severity, finding.message
    from finding
    inner join verdict
        on finding.rule_id = verdict.rule_id
    left join waiver
        on finding.rule_id = waiver.rule_id
        and finding.finding_key = waiver.finding_key
        and finding.waived
    where verdict.family <> 'invariants'
    order by finding.waived, finding.severity, finding.rule_id, finding.county_code nulls first,
        finding.finding_key
    limit {most}
"""

_COUNTS = """
    select
        count(*) filter (severity = 'error' and not waived),
        count(*) filter (severity = 'warning' and not waived),
        count(*) filter (waived)
    from finding
    where {which}
"""

_COUNTIES = """
    select coalesce(county_name, county_code) from finding
    where county_code is not null
    group by all order by min(county_code)
"""

_OF_DEPARTMENT = "list_contains(string_split(departments || ',' || mend_by, ','), $code)"
_TO_MEND = "list_contains(string_split(mend_by, ','), $code)"
_OF_COUNTY = "coalesce(county_name, county_code) = $code"  # a code no longer in force may share its name

_HELP = (
    "错误须改正数据、以同名文件重新提交，或经批准豁免；有错误未处理的，不能公示、公布。警告请核实，情况属实的可以不改。",
    "来源写明部门、文件、工作表和单元格（由整行或多行得出的数值写行号）；无对应行，是指没有提交该行数据。",
    "需要豁免的，在“{waivers}”表中填写理由、批准人、批准日期、失效日期，把本工作簿另存为“{waivers}.xlsx”，由{department}"
    "作为“{waivers}”提交。未填理由的行不予豁免；已豁免的各项已列入，无需重填。",
    "豁免只对所列的数值一、数值二有效，数值变化后须重新批准；不限定数值的，清空这两格。级别和问题两列供批准时参考，不读取。",
)


@dataclass(frozen=True)
class _Source:
    """What the workbooks are made of: the tables of a release, what it says of itself, its contract."""

    connection: duckdb.DuckDBPyConnection
    manifest: Mapping[str, Any]
    contract: Contract

    def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of one of the queries above."""
        return _rows(self.connection, query, **parameters)

    @property
    def release(self) -> str | None:
        """How the release is named; None before there is one."""
        return f"{self.manifest['year']}/{self.manifest['release']}" if self.manifest["release"] else None

    @property
    def made_at(self) -> datetime:
        """When it was made, UTC."""
        return datetime.fromisoformat(self.manifest["made_at"]).replace(tzinfo=None)

    def title(self, whose: str = "") -> str:
        """What a workbook is called."""
        stage = STAGES[self.manifest["stage"]]
        return f"{self.manifest['year']}年度制造业亩均效益综合评价检查发现{whose}（{stage}）"

    def book(self, path: Path, title: str) -> Book:
        """A workbook of it."""
        mark = draft_mark(self.manifest)
        return Book(path, title=title, created=self.made_at, mark=mark, handling=INTERNAL)


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, which: str = "true", **parameters: Any
) -> list[tuple[Any, ...]]:
    return connection.execute(query.format(which=which, most=_MOST_ROWS), parameters).fetchall()


@contextmanager
def _source(folder: Path) -> Iterator[_Source]:
    with open_release(folder) as release:
        yield _Source(release, read_manifest(folder), contract_of(folder))


def write_findings(folder: Path) -> None:
    """Write `<folder>/findings.xlsx` from the release in `folder`."""
    with _source(folder) as source:
        counties = [name for (name,) in source.rows(_COUNTIES)]
        book = source.book(folder / "findings.xlsx", source.title())
        _cover(book, source, counties)
        tables = [
            *(
                _table(source, name, _BY_DEPARTMENT, which=_OF_DEPARTMENT, code=code)
                for code, name in source.contract.departments.items()
            ),
            _waiver_list(source),
            *(_table(source, name, _BY_COUNTY, which=_OF_COUNTY, code=name) for name in counties),
        ]
        for table in tables:
            if table.rows:
                book.add(table)
        book.close()


def write_department_findings(folder: Path) -> None:
    """Write `packages/departments/<department>/检查发现.xlsx` for each department: what it has to mend of the
    release in `folder`, or that there is nothing."""
    packages = folder / "packages" / "departments"
    with _source(folder) as source:
        for code, name in source.contract.departments.items():
            (packages / code).mkdir(parents=True)
            book = source.book(packages / code / NAME, source.title(f"：{name}"))
            table = _table(source, name, _BY_DEPARTMENT, which=_TO_MEND, code=code)
            facts = [("发布编号", str(source.release)), ("处理办法", _HELP[0])]
            (found,) = source.rows(_COUNTS, which=_TO_MEND, code=code)
            counts = list(zip((*SEVERITIES.values(), "已豁免"), found, strict=True))
            book.cover(facts, counts, [table] if table.rows else [], "由本部门处理")
            if table.rows:
                book.add(table)
            book.close()


def _table(source: _Source, name: str, colour: str, **which: str) -> Table:
    return findings_table(source.connection, source.contract.departments, name, colour, **which)


def findings_table(
    connection: duckdb.DuckDBPyConnection,
    departments: Mapping[str, str],
    name: str,
    colour: str,
    **which: str,
) -> Table:
    """The sheet `name` with the findings of the tables behind `connection`, those of a condition `which` of
    this module; narrow enough to be read on A4."""
    rows = _rows(connection, _FINDINGS, **which)
    together = {row[11]: "、".join(departments[code] for code in row[11].split(",")) for row in rows}
    columns = (
        Column("级别", width=5, words=SEVERITIES, centred=True),
        Column("规则编号", width=9, centred=True),
        Column("区县", figure=_TEXT, width=9, wrap=True),
        Column("对象", figure=_TEXT, width=21, wrap=True),
        Column("问题", figure=_TEXT, width=34, wrap=True),
        Column("数值一", figure=_TEXT, width=11, wrap=True, centred=True),
        Column("数值一来源", figure=_TEXT, width=21, wrap=True),
        Column("数值二", figure=_TEXT, width=11, wrap=True, centred=True),
        Column("数值二来源", figure=_TEXT, width=21, wrap=True),
        Column("差额", figure=_TEXT, width=10, wrap=True, centred=True),
        Column("处理办法", figure=_TEXT, width=26, wrap=True),
        Column("处理部门", width=10, wrap=True, words=together),
        Column("豁免理由", figure=_TEXT, width=10, wrap=True),
    )
    return Table(name, columns, rows, frozen=2, parted_by=0, colour=colour)


def _waiver_list(source: _Source) -> Table:
    """The findings in the shape of the feed of waivers: completed and dropped, it is that feed."""
    feed = source.contract.feeds["waivers"]
    columns = [
        Column(
            column.label,
            figure=_DATE if column.type == "date" else _TEXT,
            width=_WAIVER_WIDTHS.get(column.name, 14),
            wrap=column.type != "date",
        )
        for column in feed.columns.values()
    ]
    # For whoever decides; intake leaves them unread.
    columns += [
        Column("级别", width=7, words=SEVERITIES, centred=True),
        Column("问题", figure=_TEXT, width=60, wrap=True),
    ]
    rows = [
        [(cell - _EXCEL_DAY_ZERO).days if isinstance(cell, date) else cell for cell in row]
        for row in source.rows(_WAIVABLE, missing=MISSING)
    ]
    return Table(feed.label, columns, rows, frozen=2, parted_by=len(feed.columns), colour=_BY_HAND)


def _cover(book: Book, source: _Source, counties: Sequence[str]) -> None:
    """What there is to do, for whom, and how."""
    contract, waivers = source.contract, source.contract.feeds["waivers"]
    sheet = book.sheet("说明", (2, 28, 14, 14, 14, 40), colour=_FRONT)
    sheet.hide_gridlines(2)
    sheet.set_row(1, 34)
    sheet.write_string(1, 1, source.title(), book.style(bold=True, font_size=16, font_color=_FRONT))
    head = book.style(bold=True, font_color=_FRONT, bottom=1, bottom_color=_FRONT)
    right = book.style(bold=True, font_color=_FRONT, bottom=1, bottom_color=_FRONT, align="right")
    ((errors, warnings, waived),) = source.rows(_COUNTS)
    facts = (
        INTERNAL,
        f"错误 {errors:,} 项，警告 {warnings:,} 项，已豁免 {waived:,} 项",
        f"发布编号 {source.release}" if source.release else "尚未发布",
        f"豁免以 {source.manifest['as_of']} 为准",
        f"{source.made_at:%Y-%m-%d %H:%M} UTC",
    )
    sheet.write_string(2, 1, " · ".join(facts), book.style(font_color="#595959"))
    line = 4
    for words in _HELP:
        text = words.format(waivers=waivers.label, department=contract.departments[waivers.department])
        sheet.set_row(line, 34 if len(text) > _COVER_LINE else 18)
        sheet.merge_range(line, 1, line, 5, text, book.style(text_wrap=True))
        line += 1
    groups: Mapping[str, tuple[str, Mapping[str, str]]] = {
        "部门": (_OF_DEPARTMENT, contract.departments),
        "区县": (_OF_COUNTY, {name: name for name in counties}),
    }
    for heading, (which, members) in groups.items():
        line += 1
        for place, text in enumerate((heading, "错误", "警告", "已豁免"), start=1):
            sheet.write_string(line, place, text, head if place == 1 else right)
        line += 1
        for code, name in members.items():
            ((*counts,),) = source.rows(_COUNTS, which=which, code=code)
            if any(counts):
                link = book.style(font_color="#0563C1", underline=1)
                sheet.write_url(line, 1, f"internal:'{name}'!A1", link, name)
            else:
                sheet.write_string(line, 1, name)
            for place, count in enumerate(counts, start=2):
                urgent = {"bold": True, "font_color": "#C00000"} if place == 2 and count else {}
                style = book.style(num_format="#,##0;;-", align="right", **urgent)
                sheet.write_number(line, place, count, style)
            line += 1
        if heading == "部门":
            most = f"一张表至多列出 {_MOST_ROWS:,} 项；一项涉及几个部门的，各部门表中都列出。"
            sheet.write_string(line, 1, most, book.style(font_color="#7F7F7F", font_size=9))
            line += 1
