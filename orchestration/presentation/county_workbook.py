"""A county's results (评价结果.xlsx), made from its package alone, so that no sheet says more than it holds.

Belongs here: which sheets a county reads, and in which order. Does not: what it may see (`release.packages`,
`dbt_project`), how a query becomes a sheet (`sheets`), what it sends back (`filing_forms`, `worksheets`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.policy import LAND
from orchestration.presentation.findings_workbook import findings_table
from orchestration.presentation.sheets import BY_INDICATOR, BY_LEVEL, DATE, Field, Sheets
from orchestration.presentation.wording import (
    INTERNAL,
    LEVELS,
    STAGES,
    Wording,
    contract_of,
    draft_mark,
    read_wording,
)
from orchestration.release.reading import open_packages, read_manifest
from orchestration.workbooks import Book, Table

NAME = "评价结果.xlsx"
_TERRITORY, _OWN, _HOME, _FINDINGS = "#2E75B6", "#548235", "#7030A0", "#C55A11"
# What only the cards of the enterprises show.
_ON_CARDS = (
    "enterprise_border",
    "enterprise_contract",
    "enterprise_diagnosis",
    "enterprise_member",
    "enterprise_move",
    "enterprise_parcel",
    "enterprise_source",
    "source_column",
)
_TERRITORIES = """(
    select 'county' as level, county_code as code, * exclude (county_code) from county_result
    union all by name
    select 'park', park_code, * exclude (park_code, county_code) from park_result
)"""
_TERRITORY_ITEMS = """(
    select 'county' as level, county_code as code, * exclude (county_code) from county_item
    union all by name
    select 'park', park_code, * exclude (park_code, county_code) from park_item
)"""
_TERRITORY_DIAGNOSES = """(
    select 'county' as level, county_code as code, indicator, previous_value, change, item_rank, ranked
    from county_diagnosis
    union all
    select 'park', park_code, indicator, previous_value, change, item_rank, ranked from park_diagnosis
)"""


def write_county_workbooks(folder: Path) -> None:
    """Write `packages/counties/<code>/评价结果.xlsx` for each county that has a package of the release in
    `folder`."""
    manifest, wording = read_manifest(folder), read_wording(folder)
    departments = contract_of(folder).departments
    with open_packages(folder, without=_ON_CARDS) as opened:
        for package in sorted((folder / "packages" / "counties").iterdir()):
            sheets = CountySheets(opened(package), wording, package.name)
            tables = [*sheets.all(), sheets.findings(departments)]
            _write(package, manifest, wording, sheets.counts(), [table for table in tables if table.rows])


def _write(
    package: Path,
    manifest: Mapping[str, Any],
    wording: Wording,
    counts: list[tuple[str, int]],
    tables: list[Table],
) -> None:
    made_at = datetime.fromisoformat(manifest["made_at"])
    name = wording.counties[package.name]
    title = f"{manifest['year']}年度制造业亩均效益综合评价（{STAGES[manifest['stage']]}）　{name}"
    book = Book(
        package / NAME,
        title=title,
        created=made_at.replace(tzinfo=None),
        mark=draft_mark(manifest),
        handling=INTERNAL,
    )
    facts = [
        ("评价办法", f"{wording.edition}，版本 {manifest['edition']}"),
        ("发布编号", f"{manifest['year']}/{manifest['release']}"),
        ("生成时间", f"{made_at:%Y-%m-%d %H:%M} UTC，程序版本 {manifest['code_version']}"),
        ("使用范围", f"仅供{name}使用；其他区县的数据只有已公开的部分"),
    ]
    book.cover(facts, counts, tables)
    for table in tables:
        book.add(table)
    book.close()


class CountySheets(Sheets):
    """The sheets of one county, over the tables of its package."""

    def __init__(self, package: duckdb.DuckDBPyConnection, wording: Wording, county: str) -> None:
        super().__init__(package, wording)
        self.county = county

    def counts(self) -> list[tuple[str, int]]:
        """Whom the county evaluates, by class, and whom it counts besides: label, count."""
        belonging = self.wording.codes["belonging"]
        counted = dict(
            self.release.execute(
                "select belonging, count(*) from territory_enterprise where level = 'county' group by all"
            ).fetchall()
        )
        counts = [(belonging[code], counted.get(code, 0)) for code in ("own", "home", "branch")]
        columns = ("classified", "a", "b", "c", "d", "d_vetoed", "transition")
        for row in self.release.execute(f"select {', '.join(columns)} from class_count").fetchall():
            labels = (self.wording.labels["class_count", name] for name in columns)
            counts[1:1] = [(f"　{label}", count) for label, count in zip(labels, row, strict=True)]
        return counts

    def all(self) -> Iterator[Table]:
        """Every sheet but the findings, in the order of the workbook."""
        yield self._territories()
        yield self._territory_items()
        yield self._territory_amounts()
        yield self._incidents()
        yield self._classes()
        yield self._items()
        yield self._amounts()
        yield self._land()
        yield self._events()
        yield self._firmness()
        yield self._home_results()
        yield self._home_amounts()
        yield self._progress()
        yield self._objections()

    def findings(self, departments: Mapping[str, str]) -> Table:
        """What checks found about the county."""
        table = findings_table(self.release, departments, "检查发现", _FINDINGS)
        return replace(table, about="涉及本区县的不一致之处：双方数值、出处和处理办法")

    def _territories(self) -> Table:
        result = "county_result"
        fields = [
            Field("level", "territory_incident.level", 8, LEVELS, centred=True),
            Field("name", f"{result}.name", 26),
            Field("region", f"{result}.region", 12, self.wording.regions),
            Field("rank", f"{result}.rank", 8, centred=True),
            Field("enterprises", f"{result}.enterprises", 10),
            Field("base_score", f"{result}.base_score", 12),
            Field("deduction", f"{result}.deduction", 8, figure="General"),
            Field("total_score", f"{result}.total_score", 12),
        ]
        source = f"from {_TERRITORIES} order by {BY_LEVEL}, rank, code"
        about = "本区县和本区县园区的得分与排名；得分空白的为非公开，由此可以推知其他区县不公开的数据"
        return self.table("区县园区得分", about, fields, source, frozen=2, parted_by=0, colour=_TERRITORY)

    def _territory_items(self) -> Table:
        item, indicators = "county_item", self.wording.indicators
        fields = [
            Field("name", "county_result.name", 24),
            Field("indicator", f"{item}.indicator", 17, {code: zh for code, (zh, _) in indicators.items()}),
            Field("indicator", "finding.unit", 12, {code: unit for code, (_, unit) in indicators.items()}),
            Field("value", f"{item}.value", 11),
            Field("tier", f"{item}.tier", 7, centred=True),
            Field("weight", f"{item}.weight", 6, figure="General"),
            Field("score", f"{item}.score", 10),
            Field("points_lost", f"{item}.points_lost", 9),
            Field("item_rank", "county_diagnosis.item_rank", 7, centred=True),
            Field("standard_max", f"{item}.standard_max", 11),
            Field("standard_mean", f"{item}.standard_mean", 11),
            Field("standard_min", f"{item}.standard_min", 11),
            Field("previous_value", "county_diagnosis.previous_value", 11),
            Field("change", "county_diagnosis.change", 9),
        ]
        source = f"""
            from {_TERRITORY_ITEMS}
            join {_TERRITORIES} using (level, code)
            left join {_TERRITORY_DIAGNOSES} using (level, code, indicator)
            order by {BY_LEVEL}, rank, code, {BY_INDICATOR}
        """
        about = "每项指标的得分、标准值和上年数值；标准值、得分空白的为非公开，由此可推知其他区县不公开的数据"
        return self.table(
            "区县园区指标",
            about,
            fields,
            source,
            frozen=2,
            parted_by=0,
            colour=_TERRITORY,
            below=f"注：{about}。",
        )

    def _territory_amounts(self) -> Table:
        result = "county_result"
        figures = ("enterprises", LAND, *self.wording.amounts(self.wording.fractions))
        fields = [
            Field("level", "territory_incident.level", 8, LEVELS, centred=True),
            Field("name", f"{result}.name", 26),
            *(Field(name, f"{result}.{name}", 14) for name in figures),
        ]
        source = f"from {_TERRITORIES} order by {BY_LEVEL}, rank, code"
        about = "计算区县、园区指标的数据：本区县评价的企业与属地企业、分支之和；用地为国土调查面积"
        return self.table("区县园区数据", about, fields, source, frozen=2, parted_by=0, colour=_TERRITORY)

    def _incidents(self) -> Table:
        incident, codes = "territory_incident", self.wording.codes
        fields = [
            Field("name", f"{incident}.name", 20),
            Field("incident_id", f"{incident}.incident_id", 13),
            Field("incident_type", f"{incident}.incident_type", 16, codes["incident_type"]),
            Field("occurred_on", f"{incident}.occurred_on", 12, centred=True),
            Field("charged_by", f"{incident}.charged_by", 10, codes["charged_by"], centred=True),
            Field("enterprise_name", f"{incident}.enterprise_name", 32, wrap=True),
            Field("uscc", f"{incident}.uscc", 21),
            Field("belonging", f"{incident}.belonging", 14, codes["belonging"]),
            Field("points", f"{incident}.points", 8, figure="General", centred=True),
            Field("reason", f"{incident}.reason", 12, codes["incident_reason"], centred=True),
            Field("source_file", f"{incident}.source_file", 18, wrap=True),
            Field("source_row_key", f"{incident}.source_row_key", 9, centred=True),
        ]
        source = f"from territory_incident order by {BY_LEVEL}, code, points desc, occurred_on, incident_id"
        about = "涉及本区县和本区县园区的事项，减几分、为什么；其他区县企业的名称不公开"
        return self.table("区县园区减分", about, fields, source, frozen=2, parted_by=0, colour=_TERRITORY)

    def _classes(self) -> Table:
        result, codes = "enterprise_result", self.wording.codes
        fields = [
            Field("class", f"{result}.class", 6, centred=True),
            Field("previous_class", f"{result}.previous_class", 7, centred=True),
            Field("rank", f"{result}.rank", 6, centred=True),
            Field("enterprise_name", f"{result}.enterprise_name", 36, wrap=True),
            Field("uscc", f"{result}.uscc", 21),
            Field("total_score", f"{result}.total_score", 11),
            Field("treatment", f"{result}.treatment", 10, codes["treatment"], centred=True),
            Field("veto_reason", f"{result}.veto_reason", 10, codes["veto_reason"], centred=True),
            Field("home_county_code", f"{result}.home_county_code", 12, self.wording.counties),
            Field("park_code", f"{result}.park_code", 22, self.wording.parks, wrap=True),
        ]
        source = "from enterprise_result order by class nulls last, rank nulls last, uscc"
        about = "本区县评价的企业：等级、排名和综合得分；过渡期企业只评价、不分类"
        return self.table("本区县企业", about, fields, source, frozen=4, parted_by=0, classes=0, colour=_OWN)

    def _items(self) -> Table:
        result = "enterprise_result"
        fields = [
            Field("rank", f"{result}.rank", 6, centred=True),
            Field("class", f"{result}.class", 6, centred=True),
            Field("enterprise_name", f"{result}.enterprise_name", 28, wrap=True),
            Field("uscc", f"{result}.uscc", 21),
            *self.indicators("enterprise"),
            Field("base_score", f"{result}.base_score"),
            Field("bonus", f"{result}.bonus", 6, figure="General"),
            Field("deduction", f"{result}.deduction", 6, figure="General"),
            Field("total_score", f"{result}.total_score"),
        ]
        source = f"""
            from enterprise_result
            left join ({self.scores("enterprise")}) as scores using (county_code, uscc)
            order by rank nulls last, uscc
        """
        about = "本区县企业每户一行：各项指标值、得分和综合得分"
        return self.table("指标与得分", about, fields, source, frozen=3, classes=1, colour=_OWN)

    def _amounts(self) -> Table:
        result = "enterprise_result"
        figures = (LAND, *self.wording.amounts(self.scored("enterprise")))
        fields = [
            Field("enterprise_name", f"{result}.enterprise_name", 34, wrap=True),
            Field("uscc", f"{result}.uscc", 21),
            Field("industry_code", f"{result}.industry_code", 8, centred=True),
            Field("members", f"{result}.members", 8),
            *(Field(name, f"{result}.{name}", 13) for name in figures),
        ]
        about = "本区县企业每户一行：计算指标所用的数据"
        return self.table(
            "企业数据", about, fields, "from enterprise_result order by uscc", frozen=1, colour=_OWN
        )

    def _land(self) -> Table:
        land = "enterprise_land"
        figures = (
            "registered_m2",
            "leased_in_m2",
            "leased_out_m2",
            "not_counted_m2",
            "computed_m2",
            "confirmed_m2",
            "land_area_m2",
            "land_area_mu",
        )
        fields = [
            Field("enterprise_name", "enterprise_result.enterprise_name", 34, wrap=True),
            Field("uscc", "enterprise_result.uscc", 21),
            *(Field(f"land.{name}", f"{land}.{name}", 13) for name in figures),
        ]
        source = """
            from enterprise_land as land join enterprise_result using (county_code, uscc) order by uscc
        """
        about = "本区县企业每户一行：用地面积的构成"
        return self.table("用地", about, fields, source, frozen=1, colour=_OWN)

    def _events(self) -> Table:
        event, codes = "enterprise_event", self.wording.codes
        fields = [
            Field("unit.enterprise_name", "enterprise_result.enterprise_name", 30, wrap=True),
            Field("event.member_uscc", f"{event}.member_uscc", 21),
            Field("event.kind", f"{event}.kind", 8, {"honour": "加分", "incident": "减分"}, centred=True),
            Field("type", f"{event}.type", 18, {**codes["honour_type"], **codes["incident_type"]}, wrap=True),
            Field("document", f"{event}.document", 22, wrap=True),
            Field("happened_on", f"{event}.happened_on", 12, centred=True),
            Field("points", f"{event}.points", 7, figure="General", centred=True),
            Field(
                "reason",
                f"{event}.reason",
                12,
                {**codes["honour_reason"], **codes["incident_reason"]},
                centred=True,
            ),
            Field("source_file", f"{event}.source_file", 18, wrap=True),
            Field("source_row_key", f"{event}.source_row_key", 9, centred=True),
        ]
        source = """
            from enterprise_event as event join enterprise_result as unit using (county_code, uscc)
            order by kind, uscc, happened_on, document
        """
        about = "本区县企业的加分、减分事项和认定结果，不计入的也列出"
        return self.table("企业加减分", about, fields, source, frozen=1, parted_by=2, colour=_OWN)

    def _firmness(self) -> Table:
        result, firm = "enterprise_result", "enterprise_firmness"
        fields = [
            Field("firmness", f"{firm}.firmness", 12, centred=True),
            Field("scenarios", f"{firm}.scenarios", 9, centred=True),
            Field("class", f"{result}.class", 7, centred=True),
            Field("best_class", f"{firm}.best_class", 9, centred=True),
            Field("worst_class", f"{firm}.worst_class", 9, centred=True),
            Field("enterprise_name", f"{result}.enterprise_name", 38, wrap=True),
            Field("uscc", f"{result}.uscc", 22),
            Field("rank", f"{result}.rank", 7, centred=True),
            Field("total_score", f"{result}.total_score", 11),
        ]
        source = """
            from enterprise_firmness join enterprise_result using (county_code, uscc)
            order by firmness, rank, uscc
        """
        about = "等级最不稳定的企业在前，宜先核对其数据；每种情形只改变一处，其余同本次结果"
        return self.table("等级稳定性", about, fields, source, classes=2, colour=_OWN)

    def _marked(self) -> list[Field]:
        """Who an enterprise is that another county evaluates."""
        counted, codes = "territory_enterprise", self.wording.codes
        return [
            Field("counted.belonging", f"{counted}.belonging", 15, codes["belonging"]),
            Field("counted.unit_county_code", "评价区县", 14, self.wording.counties),
            Field("counted.enterprise_name", f"{counted}.enterprise_name", 28, wrap=True),
            Field("counted.member_uscc", "enterprise_result.uscc", 21),
        ]

    def _home_results(self) -> Table:
        counted, indicators = "territory_enterprise", self._home_indicators()
        sides = "".join(
            f", max(value) filter (indicator = '{code}') as {code}"
            f", max(score) filter (indicator = '{code}') as {code}_score"
            for code in indicators
        )
        fields = [
            *self._marked(),
            Field("counted.class", f"{counted}.class", 6, centred=True),
            Field("counted.total_score", f"{counted}.total_score", 11),
            Field("counted.treatment", f"{counted}.treatment", 11, self.wording.codes["treatment"]),
        ]
        for code in indicators:
            label, unit = self.wording.indicators[code]
            width = max(9, 2 * len(unit) + 3)
            fields.append(Field(code, "home_item.value", width, band=label, unit=unit))
            fields.append(Field(f"{code}_score", "home_item.score", 9, band=label))
        source = f"""
            from territory_enterprise as counted
            left join (
                select member_county_code, member_uscc{sides} from home_item group by all
            ) using (member_county_code, member_uscc)
            where level = 'county' and counted.belonging in ('home', 'branch')
            order by counted.belonging desc, counted.unit_county_code, counted.class nulls last, member_uscc
        """
        about = (
            "数据计入本区县、由其他区县评价的企业：按评价区县的标准值得分，标准值和空白的得分、指标值非公开"
        )
        return self.table(
            "属地企业得分", about, fields, source, frozen=3, parted_by=0, classes=4, colour=_HOME
        )

    def _home_indicators(self) -> list[str]:
        found = self.release.execute("select distinct indicator from home_item").fetchall()
        return [code for code in self.wording.indicators if (code,) in found]

    def _home_amounts(self) -> Table:
        counted = "territory_enterprise"
        figures = (LAND, *self.wording.amounts(self.wording.fractions))
        fields = [
            *self._marked(),
            Field("park_code", f"{counted}.park_code", 20, self.wording.parks, wrap=True),
            *(Field(name, f"{counted}.{name}", 12) for name in figures),
        ]
        source = """
            from territory_enterprise as counted
            where level = 'county' and belonging in ('home', 'branch')
            order by belonging desc, unit_county_code, member_uscc
        """
        about = "上述企业计入本区县的数据；分支只列本基地的部分"
        return self.table("属地企业数据", about, fields, source, frozen=3, parted_by=0, colour=_HOME)

    def _progress(self) -> Table:
        row, codes = "improvement_progress", self.wording.codes
        fields = [
            Field("enterprise_name", f"{row}.enterprise_name", 30, wrap=True),
            Field("uscc", f"{row}.uscc", 21),
            Field("previous_class", f"{row}.previous_class", 7, centred=True),
            Field("class", f"{row}.class", 7, centred=True),
            Field("moved", f"{row}.moved", 7, codes["moved"], centred=True),
            Field("batch", f"{row}.batch", 12, codes.get("batch", {})),
            Field("plan", f"{row}.plan", 34, wrap=True),
            Field("responsible", f"{row}.responsible", 16, wrap=True),
            Field("due_on", f"{row}.due_on", 12, centred=True, figure=DATE),
            Field("status", f"{row}.status", 9, codes.get("status", {}), centred=True),
            Field("overdue", f"{row}.overdue", 7, centred=True),
        ]
        source = "from improvement_progress order by previous_class desc nulls last, uscc"
        about = "上年C类、D类和列入计划的企业：措施、进展和本年等级"
        return self.table("提质增效台账", about, fields, source, frozen=1, colour=_OWN)

    def _objections(self) -> Table:
        row, codes = "objection", self.wording.codes
        subjects = codes.get("subject", {})
        fields = [
            Field("objection_no", f"{row}.objection_no", 12),
            Field("uscc", f"{row}.uscc", 21),
            Field("received_on", f"{row}.received_on", 12, centred=True),
            Field("subject", f"{row}.subject", 12, subjects),
            Field("claim", f"{row}.claim", 34, wrap=True),
            Field("decision", f"{row}.decision", 10, codes.get("decision", {}), centred=True),
            Field("decided_on", f"{row}.decided_on", 12, centred=True),
            Field("figure_before", f"{row}.figure_before", 13),
            Field("figure_after", f"{row}.figure_after", 13),
            Field("reply", f"{row}.reply", 34, wrap=True),
        ]
        about = "公示期间本区县企业及其分支提出的异议；由其他区县评价的，数值非公开"
        return self.table(
            "异议", about, fields, "from objection order by objection_no", frozen=2, colour=_OWN
        )
