"""The sheets of what follows from the results: groups, measures, improvement, what the counties filed.

Belongs here: which of their columns the office reads. Does not: the lists that are handed on
(`measure_lists`, `filing_forms`), how a query becomes a sheet (`sheets`).
"""

from __future__ import annotations

from orchestration.policy import LAND
from orchestration.presentation.measure_lists import measure_fields
from orchestration.presentation.sheets import BY_LEVEL, BY_REGION, Field, Sheets, in_order
from orchestration.presentation.wording import LEVELS
from orchestration.workbooks import Table

_COLOUR = "#7030A0"
_REGIONS = "(select distinct county_code, region from enterprise_result)"


class FollowUp(Sheets):
    """The sheets, each where the release has something for it."""

    def all(self) -> list[Table]:
        """Every sheet that has rows, in the order of the workbook."""
        sheets = [
            self.groups(),
            self.group_members(),
            self.measures(),
            self.measure_targets(),
            self.progress(),
            self.filings(),
        ]
        return [sheet for sheet in sheets if sheet.rows]

    def groups(self) -> Table:
        """The overall results of groups (说明 一.3), which touch nobody else's."""
        group = "group_result"
        fields = [
            Field("application_no", f"{group}.application_no", 12),
            Field("group_name", f"{group}.group_name", 30),
            Field("group_uscc", f"{group}.group_uscc", 21),
            Field("evaluating_county_code", f"{group}.evaluating_county_code", 14, self.wording.counties),
            Field("members", f"{group}.members", 8),
            Field("class", f"{group}.class", 8, centred=True),
            Field("would_be_rank", f"{group}.would_be_rank", 8, centred=True),
            Field("total_score", f"{group}.total_score"),
            Field("base_score", f"{group}.base_score"),
            Field("bonus", f"{group}.bonus", 7, figure="General"),
            Field("deduction", f"{group}.deduction", 7, figure="General"),
            *self.indicators("group"),
            Field("approved_by", f"{group}.approved_by", 18, wrap=True),
            Field("approved_on", f"{group}.approved_on", 12, centred=True),
        ]
        source = f"""
            from group_result left join ({self.scores("group")}) as scores using (application_no)
            order by application_no
        """
        about = "经批准的集团总体评价结果，按评价区县的标准值计算，不影响成员和其他企业"
        return self.table("集团评价", about, fields, source, frozen=2, classes=5, colour=_COLOUR)

    def group_members(self) -> Table:
        """Each member by itself, and the sums of the group below its members."""
        member, amounts = "group_member", (LAND, *self.wording.amounts(self.scored("group")))
        fields = [
            Field("application_no", f"{member}.application_no", 12),
            Field("county_code", "enterprise_result.county_name", 16, self.wording.counties),
            Field("name", "enterprise_result.enterprise_name", 36, wrap=True),
            Field("uscc", f"{member}.uscc", 21),
            Field("treatment", "enterprise_result.treatment", 10, self.wording.codes["treatment"]),
            Field("class", f"{member}.class", 7, centred=True),
            Field("total_score", f"{member}.total_score", 11),
            *(Field(name, f"group_result.{name}", 13) for name in amounts),
        ]
        own = ", ".join(f"unit.{name}" for name in amounts)
        source = f"""
            from (
                select
                    application_no, false as whole, county_code, uscc, enterprise_name as name, treatment,
                    member.class, member.total_score, {own}
                from group_member as member left join enterprise_result as unit using (county_code, uscc)
                union all
                select
                    application_no, true, evaluating_county_code, group_uscc,
                    '集团总体：' || group_name, null, class, total_score, {", ".join(amounts)}
                from group_result
            )
            order by application_no, whole, county_code, uscc
        """
        about = "集团各成员自身的数据和评价结果，其后是集团合计"
        return self.table("集团成员", about, fields, source, frozen=3, parted_by=0, classes=5, colour=_COLOUR)

    def measures(self) -> Table:
        fields = measure_fields(self.wording)
        about = "差别化措施及适用户数；户数为 0 的，下一年度不在有效期内，或没有适用对象"
        return self.table(
            "差别化措施", about, fields, "from measure order by measure_no", frozen=1, colour=_COLOUR
        )

    def measure_targets(self) -> Table:
        """One row per enterprise, county or park, with the numbers of all its measures."""
        target = "measure_target"
        fields = [
            Field("level", f"{target}.level", 8, LEVELS, centred=True),
            Field("county_code", f"{target}.county_code", 16, self.wording.counties),
            Field("name", f"{target}.name", 40),
            Field("code", f"{target}.code", 28),
            Field("class", f"{target}.class", 8, centred=True),
            Field("rank", f"{target}.rank", 8, centred=True),
            Field("measures", f"{target}.measure_no", 50, wrap=True),
        ]
        source = f"""
            from (
                select
                    level, county_code, name, code, class, rank,
                    string_agg(measure_no, '、' order by measure_no) as measures
                from measure_target group by all
            )
            left join {_REGIONS} using (county_code)
            order by {BY_LEVEL}, {BY_REGION}, county_code, class nulls last, rank nulls last, code
        """
        about = "每个企业、区县、园区一行：适用哪些措施"
        return self.table("措施对象", about, fields, source, frozen=3, parted_by=1, classes=4, colour=_COLOUR)

    def progress(self) -> Table:
        """The improvement register of last year's C and D (意见 三(四)8), and what became of each."""
        progress, codes = "improvement_progress", self.wording.codes
        fields = [
            Field("county_code", "enterprise_result.county_name", 16, self.wording.counties),
            Field("enterprise_name", f"{progress}.enterprise_name", 28, wrap=True),
            Field("uscc", f"{progress}.uscc", 21),
            Field("previous_class", f"{progress}.previous_class", 6, centred=True, band="上年结果"),
            Field("previous_total_score", f"{progress}.previous_total_score", 9, band="上年结果"),
            Field(
                "previous_veto_reason",
                f"{progress}.previous_veto_reason",
                11,
                codes["veto_reason"],
                band="上年结果",
            ),
            Field("batch", f"{progress}.batch", 9, codes.get("batch"), band="处置措施"),
            Field("plan", f"{progress}.plan", 26, wrap=True, band="处置措施"),
            Field("responsible", f"{progress}.responsible", 14, wrap=True, band="处置措施"),
            Field("started_on", f"{progress}.started_on", 11, centred=True, band="处置措施"),
            Field("due_on", f"{progress}.due_on", 11, centred=True, band="处置措施"),
            Field("status", f"{progress}.status", 8, codes.get("status"), centred=True, band="处置措施"),
            Field("completed_on", f"{progress}.completed_on", 11, centred=True, band="处置措施"),
            Field("overdue", f"{progress}.overdue", 6, centred=True, band="处置措施"),
            Field("gone", f"{progress}.gone", 6, centred=True, band="本年结果"),
            Field(
                "case when (unit_uscc, unit_county_code) <> (uscc, county_code) then unit_uscc end",
                f"{progress}.unit_uscc",
                21,
                band="本年结果",
            ),
            Field("treatment", f"{progress}.treatment", 8, codes["treatment"], band="本年结果"),
            Field("class", f"{progress}.class", 6, centred=True, band="本年结果"),
            Field("total_score", f"{progress}.total_score", 9, band="本年结果"),
            Field("moved", f"{progress}.moved", 6, codes["moved"], centred=True, band="本年结果"),
        ]
        source = f"""
            from improvement_progress left join {_REGIONS} using (county_code)
            order by {BY_REGION}, county_code, previous_class desc nulls last, uscc
        """
        about = "上年C类、D类和列入计划的企业：措施、进展和本年结果；并入其他企业的列出评价主体"
        return self.table(
            "提质增效台账",
            about,
            fields,
            source,
            frozen=2,
            parted_by=0,
            classes=17,
            colour=_COLOUR,
        )

    def filings(self) -> Table:
        """What the counties filed beside what was computed, of the counties that filed (办法 四(二))."""
        classes = self.wording.codes["class"]
        fields = [
            Field("county_code", "enterprise_result.county_name", 16, self.wording.counties),
            Field("coalesce(enterprise_name, uscc)", "enterprise_result.enterprise_name", 38),
            Field("uscc", "filing.uscc", 21),
            Field("document_no", "filing.document_no", 22, wrap=True, band="备案"),
            Field("filed_class", "filing.filed_class", 10, classes, band="备案", centred=True),
            Field("filed_total_score", "filing.filed_total_score", 12, band="备案"),
            Field(
                "case when treatment = 'transition' then 'none' else unit.class end",
                "filing.class",
                10,
                classes,
                band="评价结果",
                centred=True,
            ),
            Field("unit.total_score", "filing.total_score", 12, band="评价结果"),
            Field("said", "finding.message", 56, wrap=True),
        ]
        source = f"""
            from filing
            full join (
                from enterprise_result where county_code in (select county_code from filing)
            ) as unit using (county_code, uscc)
            left join (
                select uscc, county_code,
                    string_agg(rule_id || ' ' || message, chr(10) order by rule_id) as said
                from finding join verdict using (rule_id) where family = 'filing' group by all
            ) as found using (uscc, county_code)
            left join {_REGIONS} as regions using (county_code)
            order by {in_order("regions", "regions.region")}, county_code, said is null, uscc
        """
        about = "已备案区县：备案的等级、得分与评价结果对照，不一致的在前"
        return self.table(
            "备案对照",
            about,
            fields,
            source,
            frozen=3,
            parted_by=0,
            classes=6,
            colour=_COLOUR,
        )
