"""The workbook of a release, for the office: `workbook.xlsx`, in Chinese, made from `release.duckdb`.

Belongs here: which table is shown on which sheet, in which order. Does not: how a query becomes a
sheet (`sheets`), what things are called (`wording`), what follows from the results (`follow_up`), how two
releases differ (`changes`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from orchestration.policy import LAND
from orchestration.presentation.changes import change_sheets
from orchestration.presentation.firmness import Firmness
from orchestration.presentation.follow_up import FollowUp
from orchestration.presentation.sheets import (
    BY_INDICATOR,
    BY_LEVEL,
    BY_REGION,
    DATE,
    Field,
    Sheets,
    in_order,
)
from orchestration.presentation.wording import (
    INTERNAL,
    LEVELS,
    SEVERITIES,
    STAGES,
    draft_mark,
    read_wording,
)
from orchestration.release.diff import read_changes
from orchestration.release.reading import open_release, read_manifest
from orchestration.workbooks import Book, Table

# A sheet with more rows is left to the workbooks of the counties: nobody reads it, and it takes a minute.
_MOST_ROWS = 20_000
_WHERE = "见 packages/counties/ 各区县评价结果.xlsx，全部行在 parquet/ 和 release.duckdb"
_RANKINGS, _ENTERPRISES, _RULES, _FINDINGS = "#2E75B6", "#548235", "#7F7F7F", "#C55A11"


def write_workbook(folder: Path) -> None:
    """Write `<folder>/workbook.xlsx` from the release in `folder`: its tables, its manifest, and what changed
    on the stage before, where it says so (`changes.json`). The same release gives the same bytes."""
    manifest = read_manifest(folder)
    wording = read_wording(folder)
    changes = read_changes(folder)
    made_at = datetime.fromisoformat(manifest["made_at"])
    found = {word: manifest["findings"][name] for name, word in (*SEVERITIES.items(), ("waived", "已豁免"))}
    book = Book(
        folder / "workbook.xlsx",
        title=f"{manifest['year']}年度制造业亩均效益综合评价（{STAGES[manifest['stage']]}）",
        created=made_at.replace(tzinfo=None),
        mark=draft_mark(manifest),
        handling=INTERNAL,
    )
    facts = [
        ("评价办法", f"{wording.edition}，版本 {manifest['edition']}"),
        ("发布编号", f"{manifest['year']}/{manifest['release']}"),
        ("生成时间", f"{made_at:%Y-%m-%d %H:%M} UTC，程序版本 {manifest['code_version']}"),
        ("检查发现", "，".join(f"{word} {count:,} 项" for word, count in found.items())),
    ]
    with open_release(folder) as release:
        tables = _Tables(release, wording)
        counts = tables.counts()
        every = [table for table in tables.all() if table.rows]
        every += [] if changes is None else change_sheets(changes, wording)
        sheets = [table for table in every if len(table.rows) <= _MOST_ROWS]
        facts += [
            ("未列工作表", f"{table.name}（{len(table.rows):,} 行）：{_WHERE}")
            for table in every
            if table not in sheets
        ]
        book.cover(facts, counts, sheets)
        for table in sheets:
            book.add(table)
    book.close()


class _Tables(Sheets):
    """The sheets of a release as tables."""

    def counts(self) -> list[tuple[str, int]]:
        """How many were evaluated, and how they were classed: label with unit, count."""
        columns = ("classified", "a", "b", "c", "d", "d_vetoed", "transition")
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in columns)
        (row,) = self.release.execute(f"select {sums} from class_count").fetchall()
        (territories,) = self.release.execute(
            "select (select count(*) from county_result), (select count(*) from park_result)"
        ).fetchall()
        labels = (self.wording.labels["class_count", name] for name in columns)
        return [
            ("评价区县", territories[0]),
            ("评价园区", territories[1]),
            ("评价企业", row[0] + row[-1] + row[-2]),
            *((f"　{label}", count) for label, count in zip(labels, row, strict=True)),
        ]

    def all(self) -> list[Table]:
        """Every sheet, in the order of the workbook."""
        return [
            self.ranking("county"),
            self.ranking("park"),
            self.demonstration(),
            self.targets(),
            self.class_counts(),
            self.classes(),
            *Firmness(self.release, self.wording).all(),
            self.improvements(),
            *FollowUp(self.release, self.wording).all(),
            self.items(),
            self.amounts(),
            self.land(),
            self.standards(),
            self.territories(),
            self.findings(waived=False),
            self.findings(waived=True),
        ]

    def ranking(self, level: str) -> Table:
        """Counties or parks by region: total, and each indicator with its score."""
        table, words = f"{level}_result", self.wording
        fields = [
            Field("region", f"{table}.region", 11, words.regions),
            Field("rank", f"{table}.rank", 7, centred=True),
            Field("name", f"{table}.name", 24 if level == "park" else 18),
            Field("enterprises", f"{table}.enterprises", 9),
            Field("total_score", f"{table}.total_score"),
            Field("base_score", f"{table}.base_score"),
            Field("deduction", f"{table}.deduction", 7, figure="General"),
            *self.indicators(level),
        ]
        source = f"""
            from {table} join ({self.scores(level)}) as scores using ({level}_code)
            order by {BY_REGION}, rank, {level}_code
        """
        zh = LEVELS[level]
        about = f"各{zh}综合得分和各项指标，按区域排名"
        return self.table(f"{zh}排名", about, fields, source, frozen=3, parted_by=0, colour=_RANKINGS)

    def demonstration(self) -> Table:
        fields = [
            Field("level", "demonstration.level", 10, LEVELS, centred=True),
            Field("rank", "demonstration.rank", 8, centred=True),
            Field("name", "demonstration.name", 44),
            Field("code", "demonstration.code", 30),
            Field("total_score", "demonstration.total_score", 13),
            Field("common_score", "demonstration.common_score", 13),
            Field("common_rank", "demonstration.common_rank", 13, centred=True),
        ]
        source = f"from demonstration order by {BY_LEVEL}, rank, code"
        return self.table(
            "示范榜单",
            "全市综合得分居前的区县、园区和企业；可比得分按全市统一的标准值计算",
            fields,
            source,
            landscape=False,
            parted_by=0,
            colour=_RANKINGS,
        )

    def targets(self) -> Table:
        indicators = self.wording.indicators
        labels = {code: label for code, (label, _) in indicators.items()}
        units = {code: unit for code, (_, unit) in indicators.items()}
        fields = [
            Field("indicator", "city_target.indicator", 20, labels),
            Field("indicator", "finding.unit", 14, units),
            Field("value", "city_target.value", 14),
            Field("previous_value", "city_target.previous_value", 14),
            Field("growth", "city_target.growth", 13),
            Field("base_year", "city_target.base_year", 10, figure="0", centred=True),
            Field("mean_growth", "city_target.mean_growth", 13),
            Field("target_growth", "city_target.target_growth", 13),
            Field("target_year", "city_target.target_year", 10, figure="0", centred=True),
            Field("target", "city_target.target", 12),
            Field("needed_growth", "city_target.needed_growth", 15),
            Field("met", "city_target.met", 10, centred=True),
        ]
        source = f"from city_target order by {BY_INDICATOR}"
        return self.table("发展目标", "全市指标与发展目标对照", fields, source, colour=_RANKINGS)

    def class_counts(self) -> Table:
        figures = ("classified", "a", "b", "c", "d", "d_vetoed", "transition")
        fields = [
            Field("region", "enterprise_result.region", 12, self.wording.regions),
            Field("coalesce(county_name, '合计')", "enterprise_result.county_name", 26),
            *(Field(f"sum({name})", f"class_count.{name}", 15) for name in figures),
        ]
        source = f"""
            from class_count
            join (select distinct county_code, county_name, region from enterprise_result) using (county_code)
            group by grouping sets ((county_code, county_name, region), ())
            order by county_code is null, {BY_REGION}, county_code
        """
        return self.table(
            "分档户数",
            "各区县各等级企业户数",
            fields,
            source,
            frozen=2,
            parted_by=0,
            total=True,
            colour=_ENTERPRISES,
        )

    def classes(self) -> Table:
        result = "enterprise_result"
        fields = [
            Field("county_name", f"{result}.county_name", 20),
            Field("class", f"{result}.class", 7, centred=True),
            Field("previous_class", f"{result}.previous_class", 7, centred=True),
            Field("rank", f"{result}.rank", 7, centred=True),
            Field("enterprise_name", f"{result}.enterprise_name", 40),
            Field("uscc", f"{result}.uscc", 22),
            Field("park_code", f"{result}.park_code", 26, self.wording.parks),
            Field("treatment", f"{result}.treatment", 10, self.wording.codes["treatment"]),
            Field("veto_reason", f"{result}.veto_reason", 14, self.wording.codes["veto_reason"]),
            Field("total_score", f"{result}.total_score", 10),
        ]
        source = f"""
            from enterprise_result
            order by {BY_REGION}, county_code, class nulls last, rank nulls last, uscc
        """
        return self.table(
            "分类名单",
            "各区县企业等级，按区县排列",
            fields,
            source,
            frozen=5,
            parted_by=0,
            classes=1,
            colour=_ENTERPRISES,
        )

    def improvements(self) -> Table:
        """Whom the policy's measures are about (意见 三(四)8), by county and reason."""
        result = "enterprise_result"
        indicators = {code: label for code, (label, _) in self.wording.indicators.items()}
        fields = [
            Field("county_name", f"{result}.county_name", 18),
            Field(
                "reason",
                "improvement_list.reason",
                12,
                self.wording.codes["improvement_reason"],
                centred=True,
            ),
            Field("enterprise_name", f"{result}.enterprise_name", 38),
            Field("uscc", f"{result}.uscc", 22),
            Field("park_code", f"{result}.park_code", 24, self.wording.parks),
            Field("class", f"{result}.class", 7, centred=True),
            Field("rank", f"{result}.rank", 7, centred=True),
            Field("total_score", f"{result}.total_score", 10),
            Field("suspended_since", "improvement_list.suspended_since", 12, centred=True, figure=DATE),
            Field("weakest_indicator", "improvement_list.weakest_indicator", 18, indicators),
        ]
        source = f"""
            from improvement_list
            left join (select distinct county_code, region from enterprise_result) using (county_code)
            order by {BY_REGION}, county_code, {in_order("reasons", "reason")},
                rank nulls last, uscc
        """
        return self.table(
            "提质增效清单",
            "各区县C类、D类、停产和零税收企业，按区县排列；一户可因多项理由列入",
            fields,
            source,
            frozen=3,
            parted_by=0,
            classes=5,
            colour=_ENTERPRISES,
        )

    def items(self) -> Table:
        result = "enterprise_result"
        fields = [
            Field("county_name", f"{result}.county_name", 16),
            Field("rank", f"{result}.rank", 7, centred=True),
            Field("class", f"{result}.class", 7, centred=True),
            Field("enterprise_name", f"{result}.enterprise_name", 36),
            Field("uscc", f"{result}.uscc", 21),
            *self.indicators("enterprise"),
            Field("base_score", f"{result}.base_score"),
            Field("bonus", f"{result}.bonus", 7, figure="General"),
            Field("deduction", f"{result}.deduction", 7, figure="General"),
            Field("total_score", f"{result}.total_score"),
        ]
        source = f"""
            from enterprise_result
            left join ({self.scores("enterprise")}) as scores using (county_code, uscc)
            order by {BY_REGION}, county_code, rank nulls last, uscc
        """
        return self.table(
            "指标与得分",
            "每户企业一行：各项指标值、得分和综合得分",
            fields,
            source,
            frozen=4,
            parted_by=0,
            classes=2,
            colour=_ENTERPRISES,
        )

    def amounts(self) -> Table:
        result = "enterprise_result"
        figures = (LAND, *self.wording.amounts(self.scored("enterprise")))
        fields = [
            Field("county_name", f"{result}.county_name", 16),
            Field("enterprise_name", f"{result}.enterprise_name", 36),
            Field("uscc", f"{result}.uscc", 21),
            Field("home_county_code", f"{result}.home_county_code", 14, self.wording.counties),
            Field("industry_code", f"{result}.industry_code", 9, centred=True),
            Field("members", f"{result}.members", 9),
            *(Field(name, f"{result}.{name}", 15) for name in figures),
        ]
        source = f"from enterprise_result order by {BY_REGION}, county_code, uscc"
        return self.table(
            "企业数据",
            "每户企业一行：计算指标所用的数据",
            fields,
            source,
            frozen=2,
            parted_by=0,
            colour=_ENTERPRISES,
        )

    def land(self) -> Table:
        land = "enterprise_land"
        figures = (
            "registered_m2",
            "leased_in_m2",
            "leased_out_m2",
            "not_counted_m2",
            "computed_m2",
            "confirmed_m2",
            "land_area_m2",
        )
        fields = [
            Field("county_name", "enterprise_result.county_name", 16),
            Field("enterprise_name", "enterprise_result.enterprise_name", 36),
            Field("uscc", "enterprise_result.uscc", 21),
            *(Field(f"land.{name}", f"{land}.{name}", 14) for name in figures),
            Field("land.land_area_mu", f"{land}.land_area_mu", 12),
        ]
        source = f"""
            from enterprise_land as land join enterprise_result using (county_code, uscc)
            order by {BY_REGION}, county_code, uscc
        """
        return self.table(
            "用地", "每户企业一行：用地面积的构成", fields, source, frozen=2, parted_by=0, colour=_ENTERPRISES
        )

    def standards(self) -> Table:
        indicators = self.wording.indicators
        fields = [
            Field("level", "standard.level", 8, LEVELS, centred=True),
            Field("group_code", "standard.group_code", 24, self.wording.groups),
            Field("indicator", "standard.indicator", 18, {code: zh for code, (zh, _) in indicators.items()}),
            Field("indicator", "finding.unit", 14, {code: unit for code, (_, unit) in indicators.items()}),
            Field("weight", "enterprise_item.weight", 8, figure="General"),
            Field("n", "standard.n", 9),
            Field("max", "standard.max", 13),
            Field("mean", "standard.mean", 13),
            Field("min", "standard.min", 13),
        ]
        source = f"""
            from standard left join (
                select
                    'enterprise' as level, county_code as group_code, indicator, any_value(weight) as weight
                from enterprise_item group by all
                union all
                select 'county', region, indicator, any_value(weight)
                from county_item join county_result using (county_code) group by all
                union all
                select 'park', region, indicator, any_value(weight)
                from park_item join park_result using (park_code) group by all
            ) using (level, group_code, indicator)
            order by {BY_LEVEL}, {in_order("regions", "group_code")}, group_code,
                {BY_INDICATOR}
        """
        return self.table(
            "标准值",
            "各组各项指标的标准值和权数",
            fields,
            source,
            frozen=3,
            landscape=False,
            parted_by=1,
            colour=_RULES,
        )

    def territories(self) -> Table:
        result = "county_result"
        figures = ("enterprises", LAND, *self.wording.amounts(self.wording.fractions))
        fields = [
            Field("level", "standard.level", 8, LEVELS, centred=True),
            Field("region", f"{result}.region", 11, self.wording.regions),
            Field("name", f"{result}.name", 26),
            *(Field(name, f"{result}.{name}", 15) for name in figures),
        ]
        columns = ", ".join(("region", "name", *figures))
        source = f"""
            from (
                select 'county' as level, county_code as code, {columns} from county_result
                union all
                select 'park', park_code, {columns} from park_result
            )
            order by level, {BY_REGION}, code
        """
        return self.table(
            "区县园区数据",
            "区县、园区计算指标所用的数据",
            fields,
            source,
            frozen=3,
            parted_by=1,
            colour=_RULES,
        )

    def findings(self, *, waived: bool) -> Table:
        departments = self.wording.departments
        together = {
            codes: "、".join(departments.get(code, code) for code in codes.split(","))
            for (codes,) in self.release.execute("select distinct departments from finding").fetchall()
        }
        fields = [
            Field("severity", "finding.severity", 7, SEVERITIES, centred=True),
            Field("rule_id", "finding.rule_id", 9, centred=True),
            Field("departments", "finding.departments", 24, together, wrap=True),
            Field("county_code", "enterprise_result.county_name", 14, self.wording.counties),
            Field("finding_key", "finding.finding_key", 32, wrap=True),
            Field("message", "finding.message", 70, wrap=True),
        ]
        if waived:
            fields.append(Field("waiver_reason", "finding.waiver_reason", 40, wrap=True))
        source = f"""
            from finding where waived = {waived}
            order by severity, rule_id, county_code nulls last, finding_key
        """
        name, about = (
            ("豁免事项", "已豁免的不一致之处及理由")
            if waived
            else ("检查发现", "各部门数据不一致之处，尚未豁免")
        )
        return self.table(name, about, fields, source, colour=_FINDINGS)
