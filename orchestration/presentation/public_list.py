"""The list for the public (公示名单): classes and rankings as a workbook, made from the public package alone.

Belongs here: which sheet shows which public table. Does not: what is public (`packages`, `disclosure`), what
is said of objections (`notice`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from orchestration.presentation.notice import objections
from orchestration.presentation.sheets import BY_INDICATOR, BY_LEVEL, BY_REGION, Field, Sheets
from orchestration.presentation.wording import LEVELS, STAGES, read_wording
from orchestration.release.reading import PUBLIC, open_nothing, read_manifest
from orchestration.terminal import shown
from orchestration.workbooks import Book, Column, Table

NAME = "公示名单.xlsx"
_LONGEST = 500  # characters of a text; nobody's name is longer
_COLOUR = "#548235"


def write_public_list(folder: Path) -> None:
    """Write `公示名单.xlsx` into the public package of the release in `folder`, where it has one."""
    manifest, package = read_manifest(folder), folder / PUBLIC
    if not manifest["for_publication"]:
        return
    wording = read_wording(folder)
    made_at = datetime.fromisoformat(manifest["made_at"])
    said = list(objections(folder, wording))
    with open_nothing() as connection:
        for path in package.glob("*.parquet"):
            connection.register(path.stem, pq.read_table(path))
        tables = [_notice(said), *_Public(connection, wording).all()]
    book = Book(
        package / NAME,
        title=f"{manifest['year']}年度制造业亩均效益综合评价结果（{STAGES[manifest['stage']]}）",
        created=made_at.replace(tzinfo=None),
        handling="",
    )
    facts = [
        ("评价办法", wording.edition),
        ("发布编号", f"{manifest['year']}/{manifest['release']}"),
        (said[-1][0], said[-1][1].partition("；")[0]),  # the whole sentence has a sheet
    ]
    book.cover(facts, [(table.name, len(table.rows)) for table in tables[1:]], tables)
    for table in tables:
        book.add(table)
    book.close()


def _notice(said: Sequence[tuple[str, str]]) -> Table:
    columns = [Column("事项", width=14, centred=True), Column("说明", width=80, wrap=True)]
    about = "对结果有异议的，由谁、向何处、在何时以前提出"
    return Table("公示与异议", columns, said, about=about, landscape=False, colour="#C00000")


class _Public(Sheets):
    """The public tables as sheets."""

    def all(self) -> Iterator[Table]:
        """Every sheet, in the order of the workbook; that of the groups where there are any."""
        yield self._enterprises()
        if (groups := self._groups()).rows:
            yield groups
        yield self._ranking("county")
        yield self._ranking("park")
        yield self._demonstration()
        yield self._targets()

    def table(self, *described: Any, **look: Any) -> Table:
        """As of every release, but no text is longer than a name can be."""
        table = super().table(*described, **look)
        return replace(table, rows=[[_cut(cell) for cell in row] for row in table.rows])

    def _enterprises(self) -> Table:
        fields = [
            Field("county_name", "enterprise_result.county_name", 22),
            Field("enterprise_name", "enterprise_result.enterprise_name", 44),
            Field("uscc", "enterprise_result.uscc", 24),
            Field("class", "enterprise_result.class", 8, centred=True),
        ]
        source = "from enterprise_result order by county_code, class nulls last, uscc"
        about = "各区县参评企业及等级；过渡期企业只评价、不分类，等级为空"
        return self.table(
            "企业等级", about, fields, source, frozen=2, landscape=False, parted_by=0,
            classes=3, colour=_COLOUR,
        )  # fmt: skip

    def _groups(self) -> Table:
        """The overall results of groups, and their members (说明 一.3: 并予以公示)."""
        fields = [
            Field("group_name", "group_result.group_name", 28, wrap=True),
            Field("group_uscc", "group_result.group_uscc", 21),
            Field("evaluating_county_code", "group_result.evaluating_county_code", 14, self.wording.counties),
            Field("groups.class", "group_result.class", 8, centred=True),
            Field("member.county_code", "group_member.county_code", 14, self.wording.counties, band="成员"),
            Field("enterprise_name", "enterprise_result.enterprise_name", 32, band="成员", wrap=True),
            Field("member.uscc", "group_member.uscc", 21, band="成员"),
            Field("member.class", "group_member.class", 7, band="成员", centred=True),
            Field("approved_by", "group_result.approved_by", 16, wrap=True),
            Field("approved_on", "group_result.approved_on", 12, centred=True),
        ]
        source = """
            from group_result as groups
            inner join group_member as member using (application_no)
            left join enterprise_result as unit
                on member.county_code = unit.county_code and member.uscc = unit.uscc
            order by application_no, member.county_code, member.uscc
        """
        about = "经批准的集团总体评价结果：相当于评价区县的哪一等级；成员自身的等级不受影响"
        return self.table("集团评价", about, fields, source, parted_by=1, classes=3, colour=_COLOUR)

    def _ranking(self, level: str) -> Table:
        table, zh = f"{level}_result", LEVELS[level]
        fields = [
            Field("region", f"{table}.region", 14, self.wording.regions),
            Field("rank", f"{table}.rank", 8, centred=True),
            Field("name", f"{table}.name", 36),
        ]
        source = f"from {table} order by {BY_REGION}, rank, {level}_code"
        about = f"各{zh}按区域排名"
        return self.table(f"{zh}排名", about, fields, source, landscape=False, parted_by=0)

    def _demonstration(self) -> Table:
        fields = [
            Field("level", "demonstration.level", 10, LEVELS, centred=True),
            Field("rank", "demonstration.rank", 8, centred=True),
            Field("name", "demonstration.name", 46),
            Field("common_rank", "demonstration.common_rank", 14, centred=True),
        ]
        source = f"from demonstration order by {BY_LEVEL}, rank, code"
        about = "全市综合得分居前的区县、园区和企业；可比排名按全市统一的标准值计算"
        return self.table("示范榜单", about, fields, source, landscape=False, parted_by=0)

    def _targets(self) -> Table:
        indicators = self.wording.indicators
        labels = {code: f"{zh}（{unit}）" for code, (zh, unit) in indicators.items()}
        fields = [
            Field("indicator", "city_target.indicator", 30, labels),
            Field("value", "city_target.value", 12),
            Field("base_year", "city_target.base_year", 10, figure="0", centred=True),
            Field("mean_growth", "city_target.mean_growth", 13),
            Field("target_growth", "city_target.target_growth", 13),
            Field("target_year", "city_target.target_year", 10, figure="0", centred=True),
            Field("target", "city_target.target", 12),
            Field("needed_growth", "city_target.needed_growth", 15),
            Field("met", "city_target.met", 10, centred=True),
        ]
        source = f"from city_target order by {BY_INDICATOR}"
        about = "全市指标与发展目标对照；由此可推知单户数据的，不公布"
        return self.table("发展目标", about, fields, source)


def _cut(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = shown(cell)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
